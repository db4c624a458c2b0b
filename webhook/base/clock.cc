#include "webhook/base/clock.h"

#include <fmt/core.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace tidewaiter {
namespace {

// Random bytes from the kernel, fetched a few ids at a time: one call costs as much as a decision.
class RandomBytes {
 public:
  void Take(unsigned char* out, std::size_t n) {
    if (used_ + n > pool_.size()) Refill();
    std::memcpy(out, pool_.data() + used_, n);
    used_ += n;
  }

 private:
  void Refill() {
    // At most 256 bytes: getrandom then never fails and is never interrupted once the kernel's
    // generator has started.
    if (::getrandom(pool_.data(), pool_.size(), 0) != static_cast<ssize_t>(pool_.size())) {
      std::abort();
    }
    used_ = 0;
  }

  std::array<unsigned char, 250> pool_;
  std::size_t used_ = pool_.size();
};

// The number that `text` begins with, of exactly `digits` digits and at most `most`, which is cut
// off together with the character `end` behind it (0: none). -1 if there is no such number.
int TakeNumber(std::string_view& text, std::size_t digits, int most, char end) {
  if (text.size() < digits + (end != 0)) return -1;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  if (number > most || (end != 0 && text[digits] != end)) return -1;
  text.remove_prefix(digits + (end != 0));
  return number;
}

// The fraction of a second that `text` may begin with is cut off. False if it has no digits.
bool SkipFraction(std::string_view& text) {
  if (!text.starts_with('.')) return true;
  const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
  text.remove_prefix(end);
  return end > 1;
}

// "Z", "+02:00".
std::optional<std::chrono::minutes> ParseOffset(std::string_view text) {
  if (text == "Z") return std::chrono::minutes(0);
  if (!text.starts_with('+') && !text.starts_with('-')) return std::nullopt;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  const int hours = TakeNumber(text, 2, 23, ':');
  const int minutes = TakeNumber(text, 2, 59, 0);
  if (hours < 0 || minutes < 0 || !text.empty()) return std::nullopt;
  return std::chrono::minutes(sign * (hours * 60 + minutes));
}

std::string FormatMicroseconds(std::chrono::sys_time<std::chrono::microseconds> time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{}T{:02}:{:02}:{:02}.{:06}Z", FormatDate(day), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

}  // namespace

std::string FormatDate(std::chrono::sys_days day) {
  const std::chrono::year_month_day date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::optional<std::chrono::sys_days> ParseDate(std::string_view text) {
  const int year = TakeNumber(text, 4, 9999, '-');
  const int month = TakeNumber(text, 2, 12, '-');
  const int day = TakeNumber(text, 2, 31, 0);
  if (year < 0 || month < 0 || day < 0 || !text.empty()) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<std::chrono::sys_seconds> ParseTime(std::string_view text) {
  constexpr std::size_t kDateLength = 10;
  const auto day = ParseDate(text.substr(0, kDateLength));
  if (!day || text.size() <= kDateLength || text[kDateLength] != 'T') return std::nullopt;
  text.remove_prefix(kDateLength + 1);
  const int hours = TakeNumber(text, 2, 23, ':');
  const int minutes = TakeNumber(text, 2, 59, ':');
  const int seconds = TakeNumber(text, 2, 59, 0);
  if (hours < 0 || minutes < 0 || seconds < 0 || !SkipFraction(text)) return std::nullopt;
  const auto offset = ParseOffset(text);
  if (!offset) return std::nullopt;
  return *day + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
         std::chrono::seconds(seconds) - *offset;
}

std::string FormatTime(std::chrono::system_clock::time_point time) {
  return FormatMicroseconds(std::chrono::floor<std::chrono::microseconds>(time));
}

std::string FormatTime(std::chrono::sys_seconds time) { return FormatMicroseconds(time); }

std::string NewUuidV7(std::chrono::system_clock::time_point now) {
  thread_local RandomBytes random;
  std::array<unsigned char, 10> r;
  random.Take(r.data(), r.size());
  const auto ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
  std::array<unsigned char, 16> id;
  for (std::size_t i = 0; i < 6; ++i) {
    id[i] = static_cast<unsigned char>(ms >> (40 - 8 * i) & 0xff);
  }
  std::memcpy(id.data() + 6, r.data(), r.size());
  id[6] = static_cast<unsigned char>((id[6] & 0x0f) | 0x70);  // version 7
  id[8] = static_cast<unsigned char>((id[8] & 0x3f) | 0x80);  // variant of RFC 9562
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kDigits[id[i] >> 4];
    out += kDigits[id[i] & 15];
  }
  return out;
}

}  // namespace tidewaiter
