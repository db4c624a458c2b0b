#include "webhook/server/connection_guard.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace tidewaiter {
namespace {

using Clock = ConnectionGuard::Clock;
using Place = std::unique_ptr<ConnectionGuard::Place>;
using std::chrono::milliseconds;
using std::chrono::seconds;

Limits SmallLimits() {
  Limits limits;
  limits.max_connections = 4;
  limits.unproven_per_source = 2;
  limits.accepts_per_second = 10;
  limits.accept_burst = 20;
  return limits;
}

class ConnectionGuardTest : public testing::Test {
 protected:
  Place Admit(const std::string& source) { return guard_.Admit(source, now_, why_); }
  // Why there is no place; "" if there is one.
  std::string Refusal(const std::string& source) { return Admit(source) == nullptr ? why_ : ""; }

  ConnectionGuard guard_{SmallLimits()};
  Clock::time_point now_ = Clock::now();
  const char* why_ = "";
};

TEST_F(ConnectionGuardTest, APlaceIsGivenBack) {
  EXPECT_EQ(guard_.connections(), 0U);
  Place place = Admit("a");
  ASSERT_TRUE(place);
  EXPECT_EQ(guard_.connections(), 1U);
  place.reset();
  EXPECT_EQ(guard_.connections(), 0U);
  EXPECT_FALSE(guard_.EvictOldest());
}

TEST_F(ConnectionGuardTest, StrangersOfOneSource) {
  const Place first = Admit("a");
  Place second = Admit("a");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(Refusal("a"), "source_connections");
  EXPECT_EQ(Refusal("b"), "");
  EXPECT_EQ(Refusal("A"), "");
  second.reset();
  EXPECT_EQ(Refusal("a"), "");
  // Whoever is proven no longer counts, also after the end.
  Place third = Admit("a");
  ASSERT_TRUE(third);
  third->Prove();
  third->Prove();
  EXPECT_TRUE(third->proven());
  Place fourth = Admit("a");
  ASSERT_TRUE(fourth);
  EXPECT_EQ(Refusal("a"), "source_connections");
  third.reset();
  EXPECT_EQ(Refusal("a"), "source_connections");
}

TEST_F(ConnectionGuardTest, NewConnectionsOfOneSource) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Refusal("a"), "") << i;
  EXPECT_EQ(Refusal("a"), "source_rate");
  EXPECT_EQ(Refusal("b"), "");
  now_ += milliseconds(50);
  EXPECT_EQ(Refusal("a"), "source_rate");
  now_ += milliseconds(50);
  EXPECT_EQ(Refusal("a"), "") << "ten a second, also if one knocks in between";
  EXPECT_EQ(Refusal("a"), "source_rate");
  // After a long rest there is one burst, and no more.
  now_ += seconds(3600);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Refusal("a"), "") << i;
  EXPECT_EQ(Refusal("a"), "source_rate");
}

TEST_F(ConnectionGuardTest, D16_AFullTableEvictsTheOldestStranger) {
  std::vector<std::string> evicted;
  std::vector<Place> places;
  for (const std::string source : {"a", "b", "c", "d"}) {
    places.push_back(Admit(source));
    ASSERT_TRUE(places.back());
    places.back()->OnEvict([&evicted, source] { evicted.push_back(source); });
  }
  places[0]->Prove();
  const Place fifth = Admit("e");
  ASSERT_TRUE(fifth);
  EXPECT_EQ(evicted, std::vector<std::string>{"b"});
  // It has been told to go and is not told again, although it is still there.
  const Place sixth = Admit("f");
  ASSERT_TRUE(sixth);
  EXPECT_EQ(evicted, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(guard_.connections(), 6U);
  places[1].reset();
  places[2].reset();
  EXPECT_EQ(guard_.connections(), 4U);
}

TEST_F(ConnectionGuardTest, D16_ProvenConnectionsAreNeverEvicted) {
  std::vector<Place> places;
  bool evicted = false;
  for (const std::string source : {"a", "b", "c", "d"}) {
    places.push_back(Admit(source));
    places.back()->OnEvict([&evicted] { evicted = true; });
    places.back()->Prove();
  }
  EXPECT_EQ(Refusal("e"), "connections");
  EXPECT_FALSE(guard_.EvictOldest());
  EXPECT_FALSE(evicted);
  places.pop_back();
  EXPECT_EQ(Refusal("e"), "");
}

TEST_F(ConnectionGuardTest, ARefusedConnectionLeavesNothingBehind) {
  std::vector<Place> places;
  for (const std::string source : {"a", "b", "c", "d"}) {
    places.push_back(Admit(source));
    places.back()->Prove();
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Refusal("e"), "connections");
  EXPECT_EQ(guard_.connections(), 4U);
  places.clear();
  EXPECT_EQ(guard_.connections(), 0U);
  const Place first = Admit("e");
  const Place second = Admit("e");
  EXPECT_TRUE(first && second);
}

// Addresses that have gone are forgotten, those that still hold a place or owe tokens are not.
TEST_F(ConnectionGuardTest, ForgettingIsNoWayRoundTheLimits) {
  const Place first = Admit("a");
  const Place second = Admit("a");
  now_ += seconds(3600);
  EXPECT_EQ(Refusal("b"), "");
  EXPECT_EQ(Refusal("a"), "source_connections");
}

TEST(ConnectionGuardThreads, ManyAtOnce) {
  Limits limits;
  limits.max_connections = 50;
  limits.accept_burst = 1e9;
  ConnectionGuard guard(limits);
  const auto work = [&guard](const std::string& source) {
    std::vector<Place> places;
    for (int i = 0; i < 2000; ++i) {
      const char* why = "";
      Place place = guard.Admit(source, Clock::now(), why);
      if (place == nullptr) continue;
      place->OnEvict([] {});
      if (i % 7 == 0) place->Prove();
      places.push_back(std::move(place));
      if (places.size() > 20) places.erase(places.begin());
    }
  };
  {
    std::vector<std::jthread> threads;
    for (const std::string source : {"a", "b", "c", "a"}) threads.emplace_back(work, source);
  }
  EXPECT_EQ(guard.connections(), 0U);
  EXPECT_FALSE(guard.EvictOldest());
}

TEST(BodyBudget, TakesWholeOrNothing) {
  BodyBudget budget(100);
  EXPECT_TRUE(budget.Take(60));
  EXPECT_FALSE(budget.Take(41));
  EXPECT_TRUE(budget.Take(40));
  EXPECT_FALSE(budget.Take(1));
  EXPECT_TRUE(budget.Take(0));
  EXPECT_EQ(budget.used(), 100U);
  budget.Return(60);
  EXPECT_EQ(budget.used(), 40U);
  EXPECT_TRUE(budget.Take(60));
  EXPECT_FALSE(budget.Take(static_cast<std::size_t>(-1)));
}

}  // namespace
}  // namespace tidewaiter
