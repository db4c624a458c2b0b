#include "webhook/base/pattern.h"

namespace tidewaiter {

bool Glob::Matches(std::string_view text) const {
  const std::string_view pattern = pattern_;
  std::size_t p = 0;
  std::size_t t = 0;
  // Where to go back to: behind the last star, and the text position it has been tried up to.
  std::size_t after_star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      after_star = ++p;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (after_star != std::string_view::npos) {
      p = after_star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace tidewaiter
