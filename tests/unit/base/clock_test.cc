#include "webhook/base/clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
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
  for (const char* const text :
       {"0000-01-01T00:00:00", "2999-01-31T12:00:00", "9999-12-31T23:59:59"}) {
    EXPECT_EQ(FormatTime(*ParseTime(std::string(text) + "Z")), std::string(text) + ".000000Z");
  }
}

// What a text means, in seconds since 1970; nothing if it means nothing.
struct Meaning {
  const char* text;
  std::optional<std::int64_t> seconds;
};

TEST(Clock, ParseDate) {
  constexpr std::int64_t kDay = 86'400;
  const Meaning rows[] = {
      {"1970-01-01", 0},
      {"1969-12-31", -kDay},
      {"2027-03-31", 20'908 * kDay},
      {"2024-02-29", 19'782 * kDay},  // a leap year
      {"2000-02-29", 11'016 * kDay},  // of the century, too
      {"2027-02-29", {}},
      {"2100-02-29", {}},
      {"2027-04-31", {}},
      {"2027-00-01", {}},
      {"2027-13-01", {}},
      {"2027-01-00", {}},
      {"2027-01-32", {}},
      {"", {}},
      {"2027", {}},
      {"2027-03", {}},
      {"2027-3-31", {}},
      {"27-03-31", {}},
      {"2027/03/31", {}},
      {"2027-03-31 ", {}},
      {" 2027-03-31", {}},
      {"2027-03-3x", {}},
      {"+027-03-31", {}},
      {"2027-03-311", {}},
      {"2027-03-31T00:00:00Z", {}},
      {"12027-03-31", {}},
  };
  for (const Meaning& row : rows) {
    const auto day = ParseDate(row.text);
    ASSERT_EQ(day.has_value(), row.seconds.has_value()) << row.text;
    if (!day) continue;
    EXPECT_EQ(std::chrono::sys_seconds(*day).time_since_epoch().count(), *row.seconds) << row.text;
    EXPECT_EQ(FormatDate(*day), row.text);
  }
}

TEST(Clock, ParseTime) {
  constexpr std::int64_t kNoon = 1'806'494'400;  // 2027-03-31T12:00:00Z
  const Meaning rows[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1969-12-31T23:59:59Z", -1},
      {"2027-03-31T12:00:00Z", kNoon},
      {"2027-03-31T14:00:00+02:00", kNoon},
      {"2027-03-31T06:30:00-05:30", kNoon},
      {"2027-04-01T11:59:00+23:59", kNoon},
      {"2027-03-31T12:00:00+00:00", kNoon},
      {"2027-03-31T12:00:00-00:00", kNoon},
      {"2027-03-31T12:00:00.5Z", kNoon},
      {"2027-03-31T12:00:00.999999999Z", kNoon},
      {"2027-03-31T14:00:00.25+02:00", kNoon},
      {"2027-03-31T23:59:59Z", kNoon + 43'199},
      {"", {}},
      {"2027-03-31", {}},
      {"2027-03-31T", {}},
      {"2027-03-31T12:00Z", {}},
      {"2027-03-31T12:00:00", {}},
      {"2027-03-31 12:00:00Z", {}},
      {"2027-03-31t12:00:00Z", {}},
      {"2027-03-31T12:00:00z", {}},
      {"2027-03-31T24:00:00Z", {}},
      {"2027-03-31T12:60:00Z", {}},
      {"2027-03-31T23:59:60Z", {}},  // a leap second
      {"2027-02-29T12:00:00Z", {}},
      {"2027-03-31T12:00:00.Z", {}},
      {"2027-03-31T12:00:00,5Z", {}},
      {"2027-03-31T12:00:00ZZ", {}},
      {"2027-03-31T12:00:00Z ", {}},
      {"2027-03-31T12:00:00+02", {}},
      {"2027-03-31T12:00:00+0200", {}},
      {"2027-03-31T12:00:00+2:00", {}},
      {"2027-03-31T12:00:00+02:00x", {}},
      {"2027-03-31T12:00:00+24:00", {}},
      {"2027-03-31T12:00:00+02:60", {}},
      {"2027-03-31T12:00:00 +02:00", {}},
      {"2027-03-31T1:00:00Z", {}},
  };
  for (const Meaning& row : rows) {
    const auto time = ParseTime(row.text);
    ASSERT_EQ(time.has_value(), row.seconds.has_value()) << row.text;
    if (!time) continue;
    EXPECT_EQ(time->time_since_epoch().count(), *row.seconds) << row.text;
  }
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

}  // namespace
}  // namespace tidewaiter
