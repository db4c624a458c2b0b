#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "webhook/base/yaml.h"

namespace tidewaiter {
namespace {

TEST(YamlWriter, JsonToYaml) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{}", "{}\n"},
      {"[]", "[]\n"},
      {"\"on\"", "\"on\"\n"},
      {R"({"a":{"b":[1,"x",{"c":null,"d":[]}],"e":{}}})",
       "a:\n  b:\n  - 1\n  - x\n  - c: null\n    d: []\n  e: {}\n"},
      {"[[1,[2]],{}]", "- - 1\n  - - 2\n- {}\n"},
      {R"({"on":true,"10":false})", "\"on\": true\n\"10\": false\n"},
      {"not json", ""},
  };
  for (const auto& [json, yaml] : cases) EXPECT_EQ(JsonToYaml(json), yaml) << json;
}

// Each text comes back as it was, also from a reader to whom a plain `yes` is a boolean.
TEST(YamlWriter, StringsStayWhatTheyAre) {
  for (const char* const json : {R"("")",
                                 R"("plain")",
                                 R"("yes")",
                                 R"("NO")",
                                 R"("y")",
                                 R"("null")",
                                 R"("~")",
                                 R"("1")",
                                 R"("0x1F")",
                                 R"("1_000")",
                                 R"("1e5")",
                                 R"("-")",
                                 R"("a: b")",
                                 R"("a #b")",
                                 R"("[x]")",
                                 R"("&a")",
                                 R"("a\nb\t\"\\c\r")",
                                 R"(" lead")",
                                 R"("größe 🚢")",
                                 R"("inf")",
                                 R"("<<")",
                                 "\"\xc2\x85\xe2\x80\xa8\xef\xbb\xbf\xe2\x80\xae\"",
                                 "\"\xef\xbf\xbf\"",
                                 R"("\u001b\u007f")",
                                 R"("2026-01-01")"}) {
    const std::string document = "{\"k\":" + std::string(json) + "}";
    Diagnostics diagnostics;
    const auto read = ParseYaml("f", JsonToYaml(document), YamlDialect::kManifest, diagnostics);
    ASSERT_TRUE(read && read->size() == 1) << json << diagnostics.Render();
    EXPECT_EQ(JsonToYaml(YamlToJson(read->front())), JsonToYaml(document)) << json;
  }
  EXPECT_EQ(JsonToYaml("[\"\xe2\x80\xa8\\u001b\xef\xbf\xbf\"]"),
            "- \"\\U00002028\\U0000001b\\uffff\"\n");
}

}  // namespace
}  // namespace tidewaiter
