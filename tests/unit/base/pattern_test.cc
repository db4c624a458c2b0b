#include "webhook/base/pattern.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace tidewaiter {
namespace {

TEST(Pattern, Globs) {
  struct Case {
    std::string pattern;
    std::string text;
    bool matches;
  };
  const std::vector<Case> cases = {
      {"", "", true},
      {"", "a", false},
      {"a", "", false},
      {"shop", "shop", true},
      {"shop", "shops", false},
      {"shop", "ashop", false},
      {"shop", "Shop", false},
      {"*", "", true},
      {"*", "anything/at:all", true},
      {"**", "", true},
      {"shop-*", "shop-", true},
      {"shop-*", "shop-eu", true},
      {"shop-*", "shop", false},
      {"shop-*", "myshop-eu", false},
      {"*-prod", "shop-prod", true},
      {"*-prod", "shop-prod-2", false},
      {"*shop*", "myshops", true},
      {"a*b*c", "abc", true},
      {"a*b*c", "a-b-b-c", true},
      {"a*b*c", "acb", false},
      {"*ab", "aab", true},
      {"*aab", "aaab", true},
      {"?", "", false},
      {"?", "a", true},
      {"?", "ab", false},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"?*", "", false},
      {"*?", "a", true},
      {"web-?", "web-*", true},
      {"web-*", "web-*", true},
      // One byte, not one rune: names in Kubernetes are ASCII.
      {"?", "\xc3\xa9", false},
      {"??", "\xc3\xa9", true},
      // Nothing else is special.
      {"a.c", "abc", false},
      {"[ab]", "a", false},
      {"[ab]", "[ab]", true},
      {"\\*", "*", false},
      {"\\*", "\\x", true},
      {"{a,b}", "a", false},
      {"^a$", "a", false},
      {"system:serviceaccount:ci:*", "system:serviceaccount:ci:builder", true},
      {"system:serviceaccount:ci:*", "system:serviceaccount:ci", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Glob(c.pattern).Matches(c.text), c.matches) << c.pattern << " on " << c.text;
  }
}

TEST(Pattern, IsGlob) {
  EXPECT_TRUE(Glob::IsGlob("kube-*"));
  EXPECT_TRUE(Glob::IsGlob("kube-?"));
  EXPECT_FALSE(Glob::IsGlob("kube-system"));
  EXPECT_FALSE(Glob::IsGlob("[a-z]"));
  EXPECT_FALSE(Glob::IsGlob(""));
}

TEST(Pattern, ManyStarsStayCheap) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(Glob(pattern + "b").Matches(std::string(10'000, 'a')));
  EXPECT_TRUE(Glob(pattern).Matches(std::string(10'000, 'a')));
  // At most a million steps, some milliseconds; one that backtracks to every star never ends.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(Regex, FindsAnywhereAndGivesTheGroup) {
  std::string error;
  const Regex regex = Regex::Parse("b(c+)d", error).value();
  const std::string text = "abccd bcd";
  const auto first = regex.Find(text).value();
  EXPECT_EQ(first.begin, 1U);
  EXPECT_EQ(first.end, 5U);
  EXPECT_EQ(first.group, "cc");
  EXPECT_EQ(regex.Find(text, first.end).value().begin, 6U);
  EXPECT_FALSE(regex.Find(text, 7));
  EXPECT_FALSE(regex.Find(text, text.size()));
  EXPECT_TRUE(regex.Matches(text));
  EXPECT_FALSE(regex.Matches("bd"));
  // The beginning is that of the whole text.
  EXPECT_FALSE(Regex::Parse("^b", error).value().Find("ab", 1));
  EXPECT_EQ(Regex::Parse("b", error).value().Find("ab").value().group, "");
  EXPECT_FALSE(Regex().Matches(""));
  EXPECT_FALSE(Regex().Find(""));
}

TEST(Regex, WhatIsNoExpression) {
  std::string error;
  EXPECT_FALSE(Regex::Parse("(", error));
  EXPECT_EQ(error, "missing ): (");
  EXPECT_FALSE(Regex::Parse("(?=a)", error));
  EXPECT_FALSE(Regex::Parse("(a)\\1", error));
}

TEST(Regex, TakesTimeLinearInTheText) {
  std::string error;
  const Regex regex = Regex::Parse("(?:a+)+b", error).value();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(regex.Matches(std::string(1'000'000, 'a')));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace tidewaiter
