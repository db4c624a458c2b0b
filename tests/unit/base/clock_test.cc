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

}  // namespace
}  // namespace tidewaiter
