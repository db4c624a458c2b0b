#include "webhook/base/clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tidewaiter {
namespace {

using std::chrono::system_clock;

system_clock::time_point At(std::int64_t microseconds) {
  return system_clock::time_point(std::chrono::microseconds(microseconds));
}

TEST(Clock, FormatTime) {
  EXPECT_EQ(FormatTime(At(0)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTime(At(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatTime(At(1'795'287'400'218'334)), "2026-11-21T18:56:40.218334Z");
  EXPECT_EQ(FormatTime(At(1'709'210'096'000'000)), "2024-02-29T12:34:56.000000Z");
  EXPECT_EQ(FormatTime(At(4'102'444'799'000'001)), "2099-12-31T23:59:59.000001Z");
  // Below a microsecond it is cut, never rounded up into the next second.
  EXPECT_EQ(FormatTime(system_clock::time_point(std::chrono::nanoseconds(999'999'999))),
            "1970-01-01T00:00:00.999999Z");
}

TEST(Clock, UuidHasVersionSevenAndTheTime) {
  const std::string id = NewUuidV7(At(1'795'287'400'218'334));
  ASSERT_EQ(id.size(), 36U) << id;
  // 48 bits of milliseconds, then the version.
  EXPECT_EQ(id.substr(0, 15), "01a1ff77-bf1a-7");
  for (const std::size_t hyphen : {8U, 13U, 18U, 23U}) EXPECT_EQ(id[hyphen], '-') << id;
  EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef-"), std::string::npos) << id;
}

TEST(Clock, UuidsSortByTime) {
  std::string last;
  for (std::int64_t ms = 1'795'287'400'000; ms < 1'795'287'401'000; ++ms) {
    const std::string id = NewUuidV7(At(ms * 1000));
    EXPECT_LT(last, id);
    last = id;
  }
}

TEST(Clock, UuidsOfOneMomentDiffer) {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(NewUuidV7(At(0)));
  EXPECT_EQ(ids.size(), 10'000U);
  for (const std::string& id : ids) ASSERT_TRUE(id.starts_with("00000000-0000-7")) << id;
}

TEST(Clock, Deadline) {
  const auto now = Deadline::Clock::now();
  EXPECT_FALSE(Deadline::Never().passed());
  EXPECT_TRUE(Deadline::At(now).passed());
  EXPECT_TRUE(Deadline::At(now - std::chrono::hours(1)).passed());
  EXPECT_FALSE(Deadline::At(now + std::chrono::hours(1)).passed());
}

TEST(Clock, ReadsDates) {
  EXPECT_EQ(FormatDate(*ParseDate("2027-03-31")), "2027-03-31");
  EXPECT_EQ(FormatDate(*ParseDate("2028-02-29")), "2028-02-29");
  for (const char* const text :
       {"", "2027-02-29", "2027-3-31", "2027-03-32", "2027-00-01", "27-03-31", "2027-03-31 ",
        "2027/03/31", "+027-03-31", "2027-03-31T"}) {
    EXPECT_FALSE(ParseDate(text).has_value()) << text;
  }
}

TEST(Clock, ReadsTimes) {
  const auto shown = [](const char* text) {
    const auto time = ParseTime(text);
    return time ? FormatTime(*time) : "none";
  };
  EXPECT_EQ(shown("2027-03-31T12:00:59Z"), "2027-03-31T12:00:59.000000Z");
  EXPECT_EQ(shown("2027-03-31T00:30:00+02:00"), "2027-03-30T22:30:00.000000Z");
  EXPECT_EQ(shown("2027-12-31T23:30:00-01:30"), "2028-01-01T01:00:00.000000Z");
  EXPECT_EQ(shown("2027-03-31T12:00:59.999Z"), "2027-03-31T12:00:59.000000Z");
  for (const char* const text :
       {"", "2027-03-31", "2027-03-31T12:00Z", "2027-03-31T12:00:00", "2027-03-31t12:00:00z",
        "2027-03-31T24:00:00Z", "2027-03-31T12:00:60Z", "2027-03-31T12:00:00.Z",
        "2027-03-31T12:00:00+2:00", "2027-03-31T12:00:00+02:00x", "2027-02-30T12:00:00Z"}) {
    EXPECT_EQ(shown(text), "none") << text;
  }
}

}  // namespace
}  // namespace tidewaiter
