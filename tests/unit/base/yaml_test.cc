#include "webhook/base/yaml.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

using std::string_literals::operator""s;

// All documents of a text as JSON, one a line; or its diagnostics.
std::string Read(const std::string& text, YamlDialect dialect) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("f.yaml", text, dialect, diagnostics);
  diagnostics.Sort();
  if (!documents) return diagnostics.Render();
  EXPECT_FALSE(diagnostics.HasErrors());
  std::string out;
  for (const YamlNode& document : *documents) out += YamlToJson(document) + "\n";
  return out;
}

std::string Policy(const std::string& text) { return Read(text, YamlDialect::kPolicy); }
std::string Manifest(const std::string& text) { return Read(text, YamlDialect::kManifest); }

std::string Repeat(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

struct Case {
  std::string text;
  std::string want;
};

void ExpectBoth(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(Policy(c.text), c.want) << c.text.substr(0, 200);
    EXPECT_EQ(Manifest(c.text), c.want) << c.text.substr(0, 200);
  }
}

TEST(Yaml, Y01_Nesting) {
  const std::string too_deep = "nesting deeper than 60 levels\n";
  ExpectBoth({
      {Repeat("[", 60) + Repeat("]", 60), Repeat("[", 60) + Repeat("]", 60) + "\n"},
      {Repeat("[", 61) + Repeat("]", 61), "f.yaml:1:61: error: " + too_deep},
      {Repeat("[", 100'000), "f.yaml:1:31: error: " + too_deep},
      {Repeat("{a: ", 100'000), "f.yaml:1:237: error: " + too_deep},
      {Repeat("- ", 100'000), "f.yaml:1:121: error: " + too_deep},
      {Repeat("? ", 20'000), "f.yaml:1:121: error: " + too_deep},
  });
  std::string block;
  for (std::size_t i = 0; i < 1000; ++i) block += Repeat(" ", i) + "a:\n";
  ExpectBoth({{block, "f.yaml:61:61: error: " + too_deep}});
}

TEST(Yaml, Y01_APolicyFileHasAtMostOneMebibyte) {
  const std::string most = "a: 1\n#" + std::string(kMaxPolicyFileBytes - 6, 'x');
  EXPECT_EQ(Policy(most), "{\"a\":1}\n");
  EXPECT_EQ(Policy(most + "x"),
            "f.yaml: error: file of 1048577 bytes; a policy file has at most 1048576\n");
  EXPECT_EQ(Manifest(most + "x"), "{\"a\":1}\n");
}

TEST(Yaml, Y02_BillionLaughs) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    text +=
        fmt::format("a{}: &a{} [{}*a{}]\n", i, i, Repeat(fmt::format("*a{}, ", i - 1), 8), i - 1);
  }
  const auto start = std::chrono::steady_clock::now();
  const std::string errors = Policy(text);
  EXPECT_TRUE(errors.starts_with("f.yaml:1:5: error: anchors are not allowed in a policy file\n"));
  EXPECT_EQ(Manifest(text), "f.yaml:6:10: error: document of more than 100000 values\n");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(Yaml, Y02_AnchorsAndAliases) {
  const std::string anchor = ": error: anchors are not allowed in a policy file\n";
  const std::string alias =
      ": error: aliases are not allowed in a policy file; write the value out\n";
  EXPECT_EQ(Policy("a: &x 1\n"), "f.yaml:1:4" + anchor);
  EXPECT_EQ(Policy("&x a: 1\n"), "f.yaml:1:1" + anchor);
  EXPECT_EQ(Policy("a: &x {b: 1}\nc: *x\n"), "f.yaml:1:4" + anchor + "f.yaml:2:4" + alias);
  EXPECT_EQ(Manifest("a: &x {b: 1}\nc: *x\nd: *x\n"),
            "{\"a\":{\"b\":1},\"c\":{\"b\":1},\"d\":{\"b\":1}}\n");
  EXPECT_EQ(Manifest("a: &x 1\n---\nb: *x\n"),
            "f.yaml:3:4: error: not YAML: the referenced anchor is not defined\n");
  EXPECT_EQ(Manifest("- &a 1\n- *a\n- &a 2\n- *a\n"), "[1,1,2,2]\n");
  ExpectBoth({
      {"a: *x\n", "f.yaml:1:4: error: not YAML: the referenced anchor is not defined\n"},
  });
}

TEST(Yaml, Y02_NodesOfADocument) {
  // Values, keys and what aliases bring in, all count; each document for itself.
  EXPECT_EQ(Manifest(Repeat("- a\n", 100'001)),
            "f.yaml:100001:3: error: document of more than 100000 values\n");
  EXPECT_TRUE(Manifest(Repeat("- a\n", 99'998)).starts_with("[\"a\","));
  const std::string half = Repeat("- a\n", 60'000);
  EXPECT_TRUE(Manifest(half + "---\n" + half).ends_with("\"a\"]\n"));
}

TEST(Yaml, Y03_Cycle) {
  EXPECT_EQ(Manifest("a: &x [*x]\n"), "f.yaml:1:8: error: alias inside the value that it names\n");
  EXPECT_EQ(Manifest("&x {a: {b: *x}}\n"),
            "f.yaml:1:12: error: alias inside the value that it names\n");
  EXPECT_EQ(Policy("a: &x [*x]\n"),
            "f.yaml:1:4: error: anchors are not allowed in a policy file\n"
            "f.yaml:1:8: error: aliases are not allowed in a policy file; write the value out\n");
}

TEST(Yaml, Y03_AliasesDoNotNestTooDeep) {
  const std::string deep = Repeat("[", 40) + Repeat("]", 40);
  EXPECT_TRUE(Manifest("a: &x " + deep + "\nb: *x\n").starts_with("{\"a\":[["));
  EXPECT_EQ(Manifest("a: &x " + deep + "\nb: " + Repeat("[", 20) + "*x" + Repeat("]", 20) + "\n"),
            "f.yaml:2:24: error: nesting deeper than 60 levels\n");
}

TEST(Yaml, Y04_DuplicateKeys) {
  ExpectBoth({
      {"a: 1\na: 2\n", "f.yaml:2:1: error: duplicate key \"a\"\n"},
      {"a: 1\n'a': 2\n", "f.yaml:2:1: error: duplicate key \"a\"\n"},
      {"x:\n  b: {c: 1, c: 2}\n", "f.yaml:2:13: error: duplicate key \"c\"\n"},
      {"- {a: 1}\n- {a: 1, b: 2, a: 3}\n", "f.yaml:2:16: error: duplicate key \"a\"\n"},
      {"a: 1\na: 2\nb: {c: 1, c: 2}\n",
       "f.yaml:2:1: error: duplicate key \"a\"\nf.yaml:3:11: error: duplicate key \"c\"\n"},
      {"a: 1\nA: 2\n", "{\"a\":1,\"A\":2}\n"},
  });
}

TEST(Yaml, Y05_MergeKeys) {
  const std::string merge = ": error: merge keys are not allowed in a policy file\n";
  EXPECT_EQ(Policy("<<: {a: 1}\nb: 2\n"), "f.yaml:1:1" + merge);
  EXPECT_EQ(Policy("a:\n  b: 1\n  <<: {c: 1}\n"), "f.yaml:3:3" + merge);
  EXPECT_EQ(Policy("'<<': {a: 1}\n"), "{\"<<\":{\"a\":1}}\n");
  EXPECT_EQ(Manifest("'<<': {a: 1}\n"), "{\"<<\":{\"a\":1}}\n");
  EXPECT_EQ(Manifest("<<: {b: 1, c: 3}\nb: 2\n"), "{\"b\":2,\"c\":3}\n");
  EXPECT_EQ(Manifest("x: &x {b: 1, c: 2}\nz: {<<: *x, c: 3}\n"),
            "{\"x\":{\"b\":1,\"c\":2},\"z\":{\"c\":3,\"b\":1}}\n");
  // In a list the first map that has the key wins.
  EXPECT_EQ(Manifest("<<: [{b: 1}, {b: 2, d: 3}]\n"), "{\"b\":1,\"d\":3}\n");
  for (const std::string source : {"5", "null", "[5]", "[[{a: 1}]]"}) {
    EXPECT_EQ(Manifest("<<: " + source + "\n"),
              "f.yaml:1:5: error: a merge key takes a map or a list of maps\n");
  }
}

TEST(Yaml, Y05_AMergeBehindAKeyReplacesIt) {
  // go-yaml 2 applies a map from top to bottom: what kubectl sends here is privileged.
  EXPECT_EQ(Manifest("privileged: false\n<<: {privileged: true}\n"), "{\"privileged\":true}\n");
}

TEST(Yaml, Y06_NoValueIsNoValue) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("f", "a: maybe\nb:\n", YamlDialect::kPolicy, diagnostics);
  ASSERT_TRUE(documents.has_value());
  const YamlNode& map = documents->front();
  EXPECT_EQ(map.Find("a")->kind, YamlKind::kScalar);
  EXPECT_EQ(map.Find("b")->kind, YamlKind::kNull);
  EXPECT_EQ(map.Find("c"), nullptr);
}

TEST(Yaml, Y07_BooleansAsKubectlReadsThem) {
  for (const char* const word :
       {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"}) {
    EXPECT_EQ(Manifest(fmt::format("a: {}\n", word)), "{\"a\":true}\n") << word;
  }
  for (const char* const word :
       {"n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"}) {
    EXPECT_EQ(Manifest(fmt::format("a: {}\n", word)), "{\"a\":false}\n") << word;
  }
  for (const char* const word : {"tRue", "yEs", "oN", "nope", "t", "f"}) {
    EXPECT_EQ(Manifest(fmt::format("a: {}\n", word)), fmt::format("{{\"a\":\"{}\"}}\n", word));
  }
  for (const char* const text : {"a: 'yes'\n", "a: \"yes\"\n", "a: !!str yes\n", "a: ! yes\n"}) {
    EXPECT_EQ(Manifest(text), "{\"a\":\"yes\"}\n") << text;
  }
  EXPECT_EQ(Manifest("a: !!bool \"yes\"\n"), "{\"a\":true}\n");
}

TEST(Yaml, Y07_NullAsKubectlReadsIt) {
  for (const char* const word : {"", "~", "null", "Null", "NULL"}) {
    EXPECT_EQ(Manifest(fmt::format("a: {}\n", word)), "{\"a\":null}\n") << word;
  }
  for (const char* const word : {"nUll", "nil", "none"}) {
    EXPECT_EQ(Manifest(fmt::format("a: {}\n", word)), fmt::format("{{\"a\":\"{}\"}}\n", word));
  }
  EXPECT_EQ(Manifest("a: 'null'\nb: ''\n"), "{\"a\":\"null\",\"b\":\"\"}\n");
}

// What kubectl sends for `a: text`, where the value is `want`. Measured with sigs.k8s.io/yaml 1.4.
void ExpectScalars(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(Manifest("a: " + c.text + "\n"), "{\"a\":" + c.want + "}\n") << c.text;
  }
}

TEST(Yaml, Y08_IntegersAsKubectlReadsThem) {
  ExpectScalars({
      {"0", "0"},
      {"12", "12"},
      {"+12", "12"},
      {"-0", "0"},
      {"010", "8"},
      {"-010", "-8"},
      {"+010", "8"},
      {"00", "0"},
      {"0o10", "8"},
      {"0O10", "8"},
      {"0x1F", "31"},
      {"0X1f", "31"},
      {"-0x1F", "-31"},
      {"+0x1f", "31"},
      {"0b101", "5"},
      {"-0b101", "-5"},
      {"1_000", "1000"},
      {"1__0", "10"},
      {"1_", "1"},
      {"0x_1F", "31"},
      {"0b1_1", "3"},
      {"0o1_0", "8"},
      {"08", "8"},
      {"019", "19"},
      {"!!int \"8080\"", "8080"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"18446744073709551615", "18446744073709551615"},
  });
}

TEST(Yaml, Y08_FractionsAsKubectlReadsThem) {
  ExpectScalars({
      {"0.1", "0.1"},
      {".5", "0.5"},
      {"-.5", "-0.5"},
      {"+1.5", "1.5"},
      {"08.5", "8.5"},
  });
}

TEST(Yaml, Y08_WholeNumbersWrittenAsFractionsAreIntegersToKubectl) {
  ExpectScalars({
      {"8080.0", "8080"},
      {"8.08e3", "8080"},
      {"1e3", "1000"},
      {"1E3", "1000"},
      {"5.", "5"},
  });
}

TEST(Yaml, Y08_UnderscoresInFractionsAndOctals) {
  ExpectScalars({{"1_0.5", "10.5"}, {"0_8", "8"}, {"1_000.0", "1000"}});
}

TEST(Yaml, Y08_WhatIsNoNumber) {
  for (const char* const text : {"0x",
                                 "0b",
                                 "0o",
                                 "0b2",
                                 "0o9",
                                 "+",
                                 ".",
                                 "1.2.3",
                                 "0x1p3",
                                 "_1",
                                 "--5",
                                 "0-5",
                                 "0x-5",
                                 "-+5",
                                 "1:20",
                                 "2001-01-01",
                                 "2001-12-14t21:59:43.10-05:00",
                                 "=",
                                 "true#x",
                                 "1 2"}) {
    EXPECT_EQ(Manifest(fmt::format("a: {}\n", text)), fmt::format("{{\"a\":\"{}\"}}\n", text));
  }
  EXPECT_EQ(Manifest("a: '010'\nb: \"8080\"\nc: !!str 123\nd: |\n  12\n"),
            "{\"a\":\"010\",\"b\":\"8080\",\"c\":\"123\",\"d\":\"12\\n\"}\n");
}

TEST(Yaml, Y08_KeysAreTypedAsKubectlReadsThem) {
  EXPECT_EQ(Manifest("on: 1\n"), "{\"true\":1}\n");
  EXPECT_EQ(Manifest("010: 1\n"), "{\"8\":1}\n");
  EXPECT_EQ(Manifest("'on': 1\n'010': 1\n"), "{\"on\":1,\"010\":1}\n");
}

TEST(Yaml, Y09_AllDocuments) {
  ExpectBoth({
      {"a: 1\n---\nb: 2\n", "{\"a\":1}\n{\"b\":2}\n"},
      {"---\na: 1\n--- \nb: 2\n...\n---\nc: 3\n", "{\"a\":1}\n{\"b\":2}\n{\"c\":3}\n"},
      {"---\n---\n# nothing\n---\na: 1\n...\n---\n", "{\"a\":1}\n"},
      {"a: 1\n---\nb: {\n", "f.yaml:4:1: error: not YAML: end of map flow not found\n"},
      {"a: 1\n---\na: 1\nb: 1\nb: 2\n", "f.yaml:5:1: error: duplicate key \"b\"\n"},
  });
}

TEST(Yaml, Y10_BytesThatAreNoText) {
  ExpectBoth({
      {"a: \xff\n", "f.yaml:1:4: error: invalid UTF-8\n"},
      {"a: 1\nb: \xc0\xaf\n", "f.yaml:2:4: error: invalid UTF-8\n"},
      {"\xff\xfe"
       "a\0:\0"s,
       "f.yaml:1:1: error: invalid UTF-8\n"},
      {"a: 1\n\0b: 2\n"s, "f.yaml:2:1: error: NUL byte\n"},
      {"a: \"\\ud800\"\n", "f.yaml:1:11: error: not YAML: invalid unicode: 55296\n"},
  });
}

TEST(Yaml, Y10_ByteOrderMark) {
  EXPECT_EQ(Policy("\xef\xbb\xbf"
                   "a: 1\n"),
            "f.yaml:1:1: error: byte order mark; save the file as UTF-8 without one\n");
  EXPECT_EQ(Manifest("\xef\xbb\xbf"
                     "a: 1\n"),
            "{\"a\":1}\n");
}

TEST(Yaml, Y10_EmptyAndScalar) {
  ExpectBoth({{"", ""}, {"# nothing\n", ""}, {"hello\n", "\"hello\"\n"}, {"- a\n", "[\"a\"]\n"}});
}

TEST(Yaml, Y10_BadSyntax) {
  const std::string f = "f.yaml:";
  ExpectBoth({
      {"a:\n\tb: 1\n", f + "2:3: error: not YAML: illegal map value\n"},
      {"a: 1\n}\n", f + "2:1: error: not YAML: illegal flow end\n"},
      {"{a: 1\n", f + "2:1: error: not YAML: end of map flow not found\n"},
      {"a: \"x", f + "1:6: error: not YAML: a quote that was opened above is not closed\n"},
      {"a: b: c\n", f + "1:5: error: not YAML: illegal map value\n"},
      {"a: 1\n b: 2\n", f + "2:3: error: not YAML: illegal map value\n"},
      {"a: @x\n", f + "1:4: error: not YAML: unknown token\n"},
      {"a: - b\n", f + "1:4: error: not YAML: illegal block entry\n"},
      {"a: &\n", f + "1:5: error: not YAML: anchor not found after &\n"},
      {"? [a]\n: 1\n", f + "1:3: error: a key must be a single word, not a map or a list\n"},
      {"{a: 1}: b\n", f + "1:1: error: a key must be a single word, not a map or a list\n"},
  });
}

TEST(Yaml, Y10_AnUnclosedQuoteIsAnError) {
  // Else it swallows the rest of the document.
  for (const std::string text : {"a: \"x\n", "a: 'x\n", "a: \"x\nb: 2\nc: 3\n"}) {
    EXPECT_EQ(Policy(text).substr(0, 7), "f.yaml:") << Policy(text);
    EXPECT_EQ(Manifest(text).substr(0, 7), "f.yaml:") << Manifest(text);
  }
}

TEST(Yaml, Y10_LineBreaksOfYaml11HideNothing) {
  // To kubectl a comment ends at each of these, and what follows is a key.
  for (const std::string line_break : {"\r", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"}) {
    const std::string text = "a: 1 # comment" + line_break + "b: 2\n";
    const std::string manifest = Manifest(text);
    EXPECT_TRUE(manifest == "{\"a\":1,\"b\":2}\n" || manifest.starts_with("f.yaml:"))
        << PrintableText(line_break) << manifest;
    const std::string policy = Policy(text);
    EXPECT_TRUE(policy == "{\"a\":1,\"b\":2}\n" || policy.starts_with("f.yaml:")) << policy;
  }
}

TEST(Yaml, Tags) {
  const std::string tag = "f.yaml:1:4: error: tags are not allowed in a policy file: ";
  EXPECT_EQ(Policy("a: !!str 1\n"), tag + "\"tag:yaml.org,2002:str\"\n");
  EXPECT_EQ(Policy("a: !foo 1\n"), tag + "\"!foo\"\n");
  EXPECT_EQ(Policy("a: !!map {b: 1}\n"), tag + "\"tag:yaml.org,2002:map\"\n");
  EXPECT_EQ(Policy("a: !!seq [b]\n"), tag + "\"tag:yaml.org,2002:seq\"\n");
  EXPECT_EQ(Manifest("a: !!map {b: !!seq [1]}\n"), "{\"a\":{\"b\":[1]}}\n");
  EXPECT_EQ(Manifest("a: !foo 1\n"), "f.yaml:1:4: error: unsupported tag \"!foo\"\n");
  EXPECT_EQ(Manifest("a: !!binary aGk=\n"),
            "f.yaml:1:4: error: unsupported tag \"tag:yaml.org,2002:binary\"\n");
  EXPECT_EQ(Manifest("%TAG ! tag:x,2000:\n---\na: !b 1\n"),
            "f.yaml:3:4: error: unsupported tag \"tag:x,2000:b\"\n");
}

TEST(Yaml, Styles) {
  ExpectBoth({
      {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\"}\n"},
      {"a: 'it''s'\nb: \"\\x41\\u00e9\\n\"\n", "{\"a\":\"it's\",\"b\":\"Aé\\n\"}\n"},
      {"a: 1 # c\nb: c#d\n", "{\"a\":1,\"b\":\"c#d\"}\n"},
      {"a: 1\r\nb: 2\r\n", "{\"a\":1,\"b\":2}\n"},
      {"{\"a\": [1, {\"b\": \"c\"}], \"d\": {}}", "{\"a\":[1,{\"b\":\"c\"}],\"d\":{}}\n"},
      {"a:\n- b\n-  - c\n   - d\n", "{\"a\":[\"b\",[\"c\",\"d\"]]}\n"},
      {"a: x:y\nb: http://x/?a=b\n", "{\"a\":\"x:y\",\"b\":\"http://x/?a=b\"}\n"},
  });
}

TEST(Yaml, PositionsOfNodes) {
  Diagnostics diagnostics;
  const auto documents =
      ParseYaml("f", "# c\nspec:\n  containers:\n  - name: a\n    image: 'x'\n€: {b: 1}\n",
                YamlDialect::kPolicy, diagnostics);
  ASSERT_TRUE(documents.has_value());
  const YamlNode& root = documents->front();
  EXPECT_EQ(std::pair(root.line, root.column), std::pair(2, 1));
  EXPECT_EQ(std::pair(root.entries[0].key.line, root.entries[0].key.column), std::pair(2, 1));
  const YamlNode& container = root.Find("spec")->Find("containers")->items[0];
  EXPECT_EQ(std::pair(container.line, container.column), std::pair(4, 5));
  const YamlNode& image = *container.Find("image");
  EXPECT_EQ(std::pair(image.line, image.column), std::pair(5, 12));
  EXPECT_FALSE(image.plain);
  EXPECT_TRUE(container.Find("name")->plain);
  // Columns count bytes.
  const YamlNode& euro = *root.Find("€");
  EXPECT_EQ(std::pair(euro.line, euro.column), std::pair(6, 6));
}

TEST(Yaml, AValueThatIsLeftOutStandsOnTheLineOfItsKey) {
  Diagnostics diagnostics;
  const auto documents =
      ParseYaml("f", "action:\n\nseverity: high\n", YamlDialect::kPolicy, diagnostics);
  ASSERT_TRUE(documents.has_value());
  EXPECT_EQ(documents->front().Find("action")->line, 1);
}

TEST(Yaml, LocateYaml) {
  Diagnostics diagnostics;
  const auto documents =
      ParseYaml("f.yaml",
                "kind: Pod\nspec:\n  containers:\n  - name: a\n    ports: [{hostPort: 80}, 5]\n"
                "metadata: {labels: {app: x, app.kubernetes.io/name: y}}\n",
                YamlDialect::kManifest, diagnostics);
  ASSERT_TRUE(documents.has_value());
  std::string all;
  for (const char* const path :
       {"", "kind", "spec", "spec.containers", "spec.containers[0]", "spec.containers[0].name",
        "spec.containers[0].ports", "spec.containers[0].ports[0]",
        "spec.containers[0].ports[0].hostPort", "spec.containers[0].ports[1]",
        "metadata.labels.app.kubernetes.io/name", "metadata.labels.app",
        // What stands nowhere is looked for above.
        "status", "spec.containers[1].name", "spec.containers[0].image", "spec.containers[x]",
        "spec.containers[99999999999999999999]", "kind.of", "spec[0]"}) {
    all += std::string(path) + " " +
           FormatLocation(LocateYaml("f.yaml", documents->front(), path)) + "\n";
  }
  EXPECT_EQ(all,
            " f.yaml:1:1\n"
            "kind f.yaml:1:1\n"
            "spec f.yaml:2:1\n"
            "spec.containers f.yaml:3:3\n"
            "spec.containers[0] f.yaml:4:5\n"
            "spec.containers[0].name f.yaml:4:5\n"
            "spec.containers[0].ports f.yaml:5:5\n"
            "spec.containers[0].ports[0] f.yaml:5:13\n"
            "spec.containers[0].ports[0].hostPort f.yaml:5:14\n"
            "spec.containers[0].ports[1] f.yaml:5:29\n"
            "metadata.labels.app.kubernetes.io/name f.yaml:6:29\n"
            "metadata.labels.app f.yaml:6:21\n"
            "status f.yaml:1:1\n"
            "spec.containers[1].name f.yaml:3:3\n"
            "spec.containers[0].image f.yaml:4:5\n"
            "spec.containers[x] f.yaml:3:3\n"
            "spec.containers[99999999999999999999] f.yaml:3:3\n"
            "kind.of f.yaml:1:1\n"
            "spec[0] f.yaml:2:1\n");
}

TEST(Yaml, KindNames) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("f", "[~, a, 'a', [], {}]\n", YamlDialect::kPolicy, diagnostics);
  ASSERT_TRUE(documents.has_value());
  std::vector<std::string_view> names;
  for (const YamlNode& item : documents->front().items) names.push_back(YamlKindName(item));
  EXPECT_EQ(names, (std::vector<std::string_view>{"nothing", "a plain value", "a string", "a list",
                                                  "a map"}));
}

TEST(Yaml, LargeFilesStayCheap) {
  const auto start = std::chrono::steady_clock::now();
  std::string keys;
  for (int i = 0; i < 45'000; ++i) keys += fmt::format("k{}: 1\n", i);
  EXPECT_TRUE(Policy(keys).ends_with("\"k44999\":1}\n"));
  Manifest("a: " + std::string(900'000, 'x'));
  Manifest("[" + std::string(300'000, ','));
  Manifest("{" + Repeat("a ", 20'000) + "}");
  // They take some 0.4 s together.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace tidewaiter
