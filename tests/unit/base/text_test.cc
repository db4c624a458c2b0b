#include "webhook/base/text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tidewaiter {
namespace {

TEST(Text, ValidUtf8) {
  for (const std::string text : {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    EXPECT_TRUE(IsValidUtf8(text)) << text;
  }
  for (const std::string text : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82",
                                 "12345678\x80", "\xc3"}) {
    EXPECT_FALSE(IsValidUtf8(text)) << Quote(text);
  }
}

TEST(Text, CutNeverSplitsARune) {
  EXPECT_EQ(CutToBytes("a\xe2\x82\xac", 3), "a");
  EXPECT_EQ(CutToBytes("a\xe2\x82\xac", 4), "a\xe2\x82\xac");
  EXPECT_EQ(CutToRunes("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 4),
            "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
  EXPECT_EQ(CutToRunes("\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 4),
            "\xe2\x82\xac...");
}

TEST(Text, PrintableShowsWhatHides) {
  EXPECT_EQ(PrintableText("a\nb\x1b[31m\x7f"), "a\\nb\\u{1b}[31m\\u{7f}");
  EXPECT_EQ(PrintableText("a\xe2\x80\xae"
                          "b\xff"),
            "a\\u{202e}b\xef\xbf\xbd");
}

TEST(Text, SuggestsWhatIsNear) {
  const std::vector<std::string> known = {"hostPorts", "privileged", "imageRegistries"};
  EXPECT_EQ(DidYouMean("hostPort", known), "; did you mean \"hostPorts\"?");
  EXPECT_EQ(DidYouMean("privilegde", known), "; did you mean \"privileged\"?");
  EXPECT_EQ(DidYouMean("HOSTPORTS", known), "; did you mean \"hostPorts\"?");
  EXPECT_EQ(DidYouMean("volumes", known), "");
  EXPECT_EQ(DidYouMean("x", known), "");
}

}  // namespace
}  // namespace tidewaiter
