#pragma once

#include <string>
#include <string_view>

namespace tidewaiter {

// A glob over a whole string: `*` stands for any characters (also none), `?` for exactly one byte.
// Comparison is case-sensitive. Matching takes at most |pattern| x |text| steps.
class Glob {
 public:
  explicit Glob(std::string pattern) : pattern_(std::move(pattern)) {}

  bool Matches(std::string_view text) const;
  const std::string& pattern() const { return pattern_; }

  static bool IsGlob(std::string_view text) {
    return text.find_first_of("*?") != std::string_view::npos;
  }

 private:
  std::string pattern_;
};

}  // namespace tidewaiter
