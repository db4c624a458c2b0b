#include "webhook/base/clock.h"

#include <fmt/core.h>
#include <sys/random.h>

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

}  // namespace

std::string FormatTime(std::chrono::system_clock::time_point time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::microseconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

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
