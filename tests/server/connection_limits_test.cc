// How much peers may have at the same time: bodies in memory, connections of one address and of
// all.

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

#include "tests/server/peers.h"

namespace tidewaiter {
namespace {

TEST(Network, BodiesInFlightAreBounded) {
  constexpr std::size_t kSize = (7 << 20) - 100;  // nine of them fit into 64 MiB
  Webhook webhook;
  std::vector<std::unique_ptr<Client>> clients;
  const std::string bytes = PostBytes("/validate", ReviewOfSize(kSize));
  const std::string most = bytes.substr(0, bytes.size() - 1);
  for (int i = 0; i < 9; ++i) {
    clients.push_back(webhook.Connect(fmt::format("127.0.0.{}", 2 + i)));
    ASSERT_TRUE(clients.back()->Send(most)) << i;
  }
  // What has been sent may still be on its way.
  ASSERT_TRUE(
      WaitUntil([&] { return webhook.Metric("tidewaiter_body_bytes_in_flight") >= 9 * kSize; }));
  const auto tenth = webhook.Connect("127.0.0.11");
  tenth->Send(bytes);
  const auto refused = tenth->ReadResponse();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->Header("retry-after"), "1");
  EXPECT_TRUE(refused->closes());
  // A small review still finds room, and those that were in time get their answers.
  ExpectServes(webhook);
  for (const auto& client : clients) {
    client->Send(bytes.substr(bytes.size() - 1));
    const auto response = client->ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(JsonAt(response->body, "/response/allowed"), "true");
  }
  // Room is given back once an answer has gone out, which its reader may see before us.
  EXPECT_TRUE(WaitUntil([&] { return webhook.Metric("tidewaiter_body_bytes_in_flight") == 0; }));
  tenth->WaitForEnd(kEnds);
  EXPECT_EQ(webhook.Post("/validate", ReviewOfSize(kSize)).status, 200);
}

// The connections of `clients` that the other side has ended by now.
std::size_t Ended(const std::vector<std::unique_ptr<Client>>& clients) {
  std::size_t ended = 0;
  for (const auto& client : clients) ended += client->WaitForEnd(milliseconds(0)) != Ending::kNone;
  return ended;
}

std::vector<std::unique_ptr<Client>> Prove(const Webhook& webhook, int count,
                                           const std::string& source) {
  std::vector<std::unique_ptr<Client>> proven;
  for (int i = 0; i < count; ++i) {
    proven.push_back(webhook.Connect(source));
    proven.back()->Send(PostBytes("/validate", Review{}.ToJson()));
    EXPECT_TRUE(proven.back()->ReadResponse());
  }
  return proven;
}

void ExpectServesOn(Client& client) {
  client.Send(PostBytes("/validate", Review{}.ToJson()));
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(JsonAt(response->body, "/response/allowed"), "true");
}

TEST(Network, ConnectionsOfOneSourceAreBounded) {
  constexpr std::size_t kMost = 256;
  Webhook webhook;
  // These have sent a valid review, and so do not count.
  const auto proven = Prove(webhook, 5, kHostile);
  std::vector<std::unique_ptr<Client>> strangers;
  for (std::size_t i = 0; i < kMost; ++i) {
    strangers.push_back(std::make_unique<Client>(webhook.port(), kHostile));
  }
  Client one_more(webhook.port(), kHostile);
  EXPECT_NE(one_more.WaitForEnd(kEnds), Ending::kNone);
  EXPECT_EQ(Ended(strangers), 0u);
  EXPECT_EQ(webhook.Metric(R"(tidewaiter_refusals_total{reason="source_connections"})"), 1);
  for (const auto& client : proven) ExpectServesOn(*client);
  ExpectServes(webhook);
}

TEST(Network, ConnectionsAreCounted) {
  const Webhook webhook;
  const std::string name = R"(tidewaiter_connections_total{port="webhook"})";
  const auto first = webhook.Connect();
  const double before = webhook.Metric(name);
  EXPECT_GE(before, 1);
  const auto second = webhook.Connect();
  const auto third = webhook.Connect();
  EXPECT_EQ(webhook.Metric(name), before + 2);
}

TEST(Network, NewConnectionsOfOneSourceAreBounded) {
  constexpr int kBurst = 500;
  constexpr double kRate = 200;
  Webhook webhook;
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < 2 * kBurst; ++i) Client(webhook.port(), kHostile);
  const double admitted_at_most = kBurst + kRate * (SecondsSince(start) + 1);
  ExpectServes(webhook);  // another source
  EXPECT_GE(webhook.Metric(R"(tidewaiter_refusals_total{reason="source_rate"})"),
            2 * kBurst - admitted_at_most);
}

TEST(Network, FullTableEvictsStrangers) {
  constexpr int kMost = 2048;
  constexpr int kSources = 10;
  constexpr int kEach = 225;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_GE(limit.rlim_max, 4096U) << "this test needs more file descriptors (ulimit -Hn)";
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  Webhook webhook;
  const auto proven = Prove(webhook, 10, "127.0.0.1");
  std::vector<std::unique_ptr<Client>> strangers;
  for (int i = 0; i < kEach; ++i) {
    // Slower than the kernel's queue of new connections runs over, and well within their 3 s.
    if (i % 20 == 19) std::this_thread::sleep_for(milliseconds(10));
    for (int source = 0; source < kSources; ++source) {
      strangers.push_back(
          std::make_unique<Client>(webhook.port(), fmt::format("127.0.1.{}", source + 1)));
    }
  }
  // The oldest had to go, long before their deadline; new callers and proven ones are served.
  const double too_many = kSources * kEach + static_cast<double>(proven.size()) - kMost;
  EXPECT_NE(strangers.front()->WaitForEnd(kEnds), Ending::kNone);
  ExpectServes(webhook);
  for (const auto& client : proven) ExpectServesOn(*client);
  EXPECT_EQ(Ended(proven), 0u);
  EXPECT_GE(webhook.Metric(R"(tidewaiter_refusals_total{reason="evicted"})"), too_many);
  EXPECT_LE(webhook.Metric("tidewaiter_connections"), kMost);
}

}  // namespace
}  // namespace tidewaiter
