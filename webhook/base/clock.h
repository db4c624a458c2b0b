#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tidewaiter {

// "2026-11-21T18:56:40.218334Z" (RFC 3339, UTC, microseconds).
std::string FormatTime(std::chrono::system_clock::time_point time);
// The same of a time that was read: the clock's own type ends in the year 2262.
std::string FormatTime(std::chrono::sys_seconds time);

// "2027-03-31".
std::string FormatDate(std::chrono::sys_days day);

// A day of the calendar, "2027-03-31", and nothing else.
std::optional<std::chrono::sys_days> ParseDate(std::string_view text);

// A time of RFC 3339, "2027-03-31T12:00:00Z" or with an offset "+02:00". Fractions of a second are
// cut off; leap seconds are none of ours.
std::optional<std::chrono::sys_seconds> ParseTime(std::string_view text);

// A UUID of version 7 (RFC 9562): sorts by time, unique across processes. Lower case, with hyphens.
std::string NewUuidV7(std::chrono::system_clock::time_point now);

// A moment by which work must be done. Looked at between policies and between containers.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  static Deadline Never() { return Deadline(Clock::time_point::max()); }
  static Deadline At(Clock::time_point moment) { return Deadline(moment); }

  bool passed() const { return moment_ != Clock::time_point::max() && Clock::now() >= moment_; }

 private:
  explicit Deadline(Clock::time_point moment) : moment_(moment) {}
  Clock::time_point moment_;
};

}  // namespace tidewaiter
