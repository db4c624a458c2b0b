#include "webhook/base/pattern.h"

#include <re2/re2.h>

#include <array>

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

std::optional<Regex> Regex::Parse(std::string_view pattern, std::string& error) {
  RE2::Options options;
  options.set_log_errors(false);
  Regex regex;
  regex.compiled_ =
      std::make_shared<const RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (regex.compiled_->ok()) return regex;
  error = regex.compiled_->error();
  return std::nullopt;
}

bool Regex::Matches(std::string_view text) const {
  return compiled_ &&
         compiled_->Match({text.data(), text.size()}, 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

std::optional<Regex::Match> Regex::Find(std::string_view text, std::size_t from) const {
  if (!compiled_) return std::nullopt;
  std::array<re2::StringPiece, 2> found;
  const int groups = compiled_->NumberOfCapturingGroups() > 0 ? 2 : 1;
  if (!compiled_->Match({text.data(), text.size()}, from, text.size(), RE2::UNANCHORED,
                        found.data(), groups)) {
    return std::nullopt;
  }
  const auto begin = static_cast<std::size_t>(found[0].data() - text.data());
  return Match{begin, begin + found[0].size(), {found[1].data(), found[1].size()}};
}

}  // namespace tidewaiter
