#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

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

// A regular expression of RE2, which knows neither look-around nor references back, and so takes
// time linear in the text, whatever the text is. Compiled once; may be used by many threads.
class Regex {
 public:
  // Matches nothing.
  Regex() = default;
  // Nothing, and `error`, for what is no such expression.
  static std::optional<Regex> Parse(std::string_view pattern, std::string& error);

  // Whether there is a match anywhere in the text.
  bool Matches(std::string_view text) const;

  struct Match {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string_view group;  // what the first parenthesis took; empty if it took nothing
  };
  // The first match that begins at `from` or behind it. `^` is the beginning of the whole text.
  std::optional<Match> Find(std::string_view text, std::size_t from = 0) const;

 private:
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace tidewaiter
