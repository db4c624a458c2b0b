#include "webhook/base/json.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidewaiter {
namespace {

using std::string_literals::operator""s;

struct Parsed {
  std::unique_ptr<JsonDocument> document;
  std::string error;  // "offset: message", or empty

  JsonValue root() const { return document->root(); }
};

Parsed Parse(std::string text, JsonLimits limits = {}) {
  std::optional<JsonError> error;
  Parsed parsed;
  parsed.document = std::make_unique<JsonDocument>(std::move(text), limits, &error);
  if (error) parsed.error = fmt::format("{}: {}", error->offset, error->message);
  return parsed;
}

struct Case {
  std::string text;
  std::string error;
};

void ExpectErrors(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Parse(c.text).error, c.error) << c.text.substr(0, 200);
}

std::string Repeat(std::string_view part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

// {"k0":0,"k1":0,...}
std::string Members(std::size_t count) {
  std::string text = "{";
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("{}\"k{}\":0", i == 0 ? "" : ",", i);
  return text + "}";
}

TEST(Json, J01_DuplicateKey) {
  ExpectErrors({
      {R"({"a":1,"a":2})", "8: duplicate key \"a\""},
      {R"({"a":1,"b":2,"a":1})", "14: duplicate key \"a\""},
      {R"({"":1,"":2})", "7: duplicate key \"\""},
      {R"([{"x":{"a":null,"a":null}}])", "17: duplicate key \"a\""},
      {R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})", ""},
  });
}

TEST(Json, J01_DuplicateKeyAmongMany) {
  for (const std::size_t count : {11U, 12U, 13U, 1000U}) {
    std::string text = Members(count);
    EXPECT_EQ(Parse(text).error, "");
    text.back() = ',';
    const std::string error = Parse(text + "\"k3\":0}").error;
    EXPECT_TRUE(error.ends_with(": duplicate key \"k3\"")) << error;
  }
}

TEST(Json, J02_DuplicateThroughAnEscape) {
  ExpectErrors({
      {R"({"image":1,"im\u0061ge":2})", "12: duplicate key \"image\""},
      {R"({"im\u0061ge":1,"image":2})", "17: duplicate key \"image\""},
      {R"({"a\/b":1,"a/b":2})", "11: duplicate key \"a/b\""},
      {R"({"\ud83d\ude00":1,"😀":2})", "19: duplicate key \"😀\""},
  });
}

TEST(Json, J03_KeysAreCaseSensitive) {
  const Parsed parsed = Parse(R"({"Image":1,"image":2,"IMAGE":3})");
  ASSERT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.root().Find("image").AsInteger(), 2);
  EXPECT_FALSE(parsed.root().Find("iMage").exists());
}

TEST(Json, J04_NulByte) {
  ExpectErrors({
      {"{\"a\":1}\0{\"b\":2}"s, "7: NUL byte"},
      {"{}\0"s, "2: NUL byte"},
      {"\0{}"s, "0: NUL byte"},
      {"\"a\0b\""s, "2: NUL byte"},
  });
}

TEST(Json, J04_RawControlCharacters) {
  // Also far inside a string, where RapidJSON 1.1.0's vector code takes 0x1A to 0x1F for text.
  const std::string pad(40, 'a');
  for (char c = 1; c < 0x20; ++c) {
    EXPECT_NE(Parse("[\"" + pad + c + pad + "\"]").error, "") << static_cast<int>(c);
    EXPECT_NE(Parse("{\"" + pad + c + pad + "\":1}").error, "") << static_cast<int>(c);
  }
}

TEST(Json, J05_EscapedNul) {
  ExpectErrors({
      {R"({"k":"a\u0000b"})", "6: string with a NUL character (\\u0000)"},
      {R"({"a\u0000":1})", "2: string with a NUL character (\\u0000)"},
      {R"(["\\u0000"])", ""},
      {R"(["u0000"])", ""},
  });
}

TEST(Json, J06_InvalidUtf8) {
  ExpectErrors({
      {"\"\xff\"", "1: invalid UTF-8"},
      {"[\"\xc0\xaf\"]", "2: invalid UTF-8"},
      {"\"\xed\xa0\x80\"", "1: invalid UTF-8"},
      {"{\"\x80\":1}", "2: invalid UTF-8"},
      {"\"\xe2\x82\xac\"", ""},
  });
}

TEST(Json, J07_LoneLowSurrogate) {
  ExpectErrors({
      {R"(["\udc00"])", "2: string with half a surrogate pair"},
      {R"({"\uDFFF":1})", "2: string with half a surrogate pair"},
  });
}

TEST(Json, J08_LoneHighSurrogate) {
  ExpectErrors({
      {R"(["\ud800"])", "2: The surrogate pair in string is invalid."},
      {R"(["\ud800x"])", "2: The surrogate pair in string is invalid."},
      {R"(["\ud800\u0041"])", "2: The surrogate pair in string is invalid."},
      {R"(["\ud800\ud800"])", "2: The surrogate pair in string is invalid."},
  });
  EXPECT_EQ(Parse(R"("\ud83d\ude00")").root().AsString(), "😀");
}

TEST(Json, J09_ByteOrderMark) {
  ExpectErrors({
      {"\xef\xbb\xbf{}", "0: byte order mark"},
      {"{\"\xef\xbb\xbf\":1}", ""},
  });
}

TEST(Json, J10_OnlyIntegersAreIntegers) {
  struct Number {
    std::string text;
    std::optional<std::int64_t> value;
  };
  const std::vector<Number> numbers = {
      {"0", 0},
      {"-0", 0},
      {"8080", 8080},
      {"-1", -1},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"9223372036854775808", std::nullopt},
      {"18446744073709551616", std::nullopt},
      {"8080.0", std::nullopt},
      {"8.08e3", std::nullopt},
      {"1e5", std::nullopt},
      {"1E+2", std::nullopt},
      {"-0.0", std::nullopt},
  };
  for (const Number& number : numbers) {
    const Parsed parsed = Parse("[" + number.text + "]");
    EXPECT_EQ(parsed.error, "") << number.text;
    EXPECT_EQ(parsed.root().At(0).type(), JsonType::kNumber) << number.text;
    EXPECT_EQ(parsed.root().At(0).text(), number.text);
    EXPECT_EQ(parsed.root().At(0).AsInteger(), number.value) << number.text;
  }
  ExpectErrors({{"[1e999]", "1: Number too big to be stored in double."}});
}

TEST(Json, J10_NumberOfManyCharacters) {
  const Parsed longest = Parse(Repeat("1", 32));
  EXPECT_EQ(longest.error, "");
  EXPECT_EQ(longest.root().text(), Repeat("1", 32));
  EXPECT_EQ(longest.root().AsInteger(), std::nullopt);
  ExpectErrors({
      {Repeat("1", 33), "0: number of more than 32 characters"},
      {"[0." + Repeat("0", 31) + "]", "1: number of more than 32 characters"},
      {"[-" + Repeat("9", 300) + "]", "1: number of more than 32 characters"},
      {"[-" + Repeat("9", 100'000) + "]", "1: Number too big to be stored in double."},
  });
}

TEST(Json, J11_NumberWithAnEndlessExponent) {
  const Parsed parsed = Parse("1.0000000000e-2147483639");
  EXPECT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.root().text(), "1.0000000000e-2147483639");
  EXPECT_EQ(parsed.root().AsInteger(), std::nullopt);
}

TEST(Json, J12_NumberThatNeedsFullPrecision) {
  const Parsed parsed = Parse("128.7483123456789012345678e-336");
  EXPECT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.root().AsInteger(), std::nullopt);
}

TEST(Json, J13_Depth) {
  for (const std::size_t levels : {1U, 63U, 64U}) {
    EXPECT_EQ(Parse(Repeat("[", levels) + Repeat("]", levels)).error, "");
    EXPECT_EQ(Parse(Repeat(R"({"a":)", levels) + "1" + Repeat("}", levels)).error, "");
  }
  for (const std::size_t levels : {65U, 1000U, 200'000U}) {
    EXPECT_EQ(Parse(Repeat("[", levels) + Repeat("]", levels)).error,
              "0: nesting deeper than 64 levels");
    EXPECT_EQ(Parse(Repeat("[", levels)).error, "0: nesting deeper than 64 levels");
    // The position is that of the key of the 65th object.
    EXPECT_EQ(Parse(Repeat(R"({"a":)", levels) + "1" + Repeat("}", levels)).error,
              "317: nesting deeper than 64 levels");
  }
  EXPECT_EQ(Parse("[[1]]", {.max_depth = 1}).error, "0: nesting deeper than 1 levels");
}

TEST(Json, J14_ManyMembersInOneObject) {
  const auto start = std::chrono::steady_clock::now();
  const Parsed parsed = Parse(Members(100'000));
  ASSERT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.root().Find("k99999").AsInteger(), 0);
  std::string text = Members(100'000);
  text.back() = ',';
  const std::string error = Parse(text + "\"k50000\":0}").error;
  EXPECT_TRUE(error.ends_with(": duplicate key \"k50000\"")) << error;
  // It takes some 50 ms; compared pair by pair it would take minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST(Json, J15_ManyValues) {
  // 7 MB of zeros: the limit on values stops it before it has cost much memory.
  EXPECT_EQ(Parse("[0" + Repeat(",0", 3'500'000) + "]").error,
            "1999999: more than 1000000 values and keys");
  EXPECT_LE(sizeof(JsonNode), 24U);
}

TEST(Json, J15_TheLimitCountsValuesAndKeys) {
  const JsonLimits limits = {.max_tokens = 5};
  EXPECT_EQ(Parse("[1,2,3,4]", limits).error, "");
  EXPECT_EQ(Parse("[1,2,3,4,5]", limits).error, "9: more than 5 values and keys");
  EXPECT_EQ(Parse(R"({"a":1,"b":2})", limits).error, "");
  EXPECT_EQ(Parse(R"({"a":1,"b":2,"c":3})", limits).error, "14: more than 5 values and keys");
  EXPECT_EQ(Parse("[0" + Repeat(",0", 999'998) + "]").error, "");
  EXPECT_EQ(Parse("[0" + Repeat(",0", 999'999) + "]").error,
            "1999999: more than 1000000 values and keys");
}

TEST(Json, J16_WhatIsNotJson) {
  ExpectErrors({
      {"[/*c*/1]", "1: Invalid value."},
      {"//c\n1", "0: Invalid value."},
      {"[1,]", "3: Invalid value."},
      {R"({"a":1,})", "7: Missing a name for object member."},
      {"['a']", "1: Invalid value."},
      {"{a:1}", "1: Missing a name for object member."},
      {"{1:2}", "1: Missing a name for object member."},
      {"[NaN]", "1: Invalid value."},
      {"[Infinity]", "1: Invalid value."},
      {"[-Infinity]", "2: Invalid value."},
      {"[+1]", "1: Invalid value."},
      {"[.5]", "1: Invalid value."},
      {"[1.]", "3: Miss fraction part in number."},
      {"[1e]", "3: Miss exponent in number."},
      {"[01]", "2: Missing a comma or ']' after an array element."},
      {"[0x1F]", "2: Missing a comma or ']' after an array element."},
      {"[True]", "1: Invalid value."},
      {"nul", "3: Invalid value."},
      {"\"\t\"", "1: Invalid escape character in string."},
      {R"("\x41")", "1: Invalid escape character in string."},
      {R"("\u12")", "1: Incorrect hex digit after \\u escape in string."},
      {"\"abc", "4: Missing a closing quotation mark in string."},
      {"[1 2]", "3: Missing a comma or ']' after an array element."},
      {"[1}", "2: Missing a comma or ']' after an array element."},
      {R"({"a" 1})", "5: Missing a colon after a name of object member."},
      {R"({"a":1)", "6: Missing a comma or '}' after an object member."},
      {"{}{}", "2: The document root must not be followed by other values."},
      {"{} x", "3: The document root must not be followed by other values."},
      {"", "0: The document is empty."},
      {" \n", "2: The document is empty."},
      {"\xc2\xa0{}", "0: Invalid value."},
  });
}

TEST(Json, J17_NoTypeIsTakenForAnother) {
  const Parsed parsed = Parse(R"({"n":1,"s":"1","b":true,"z":null,"a":[],"o":{}})");
  ASSERT_EQ(parsed.error, "");
  for (const JsonValue value : parsed.root()) {
    EXPECT_EQ(value.AsInteger().has_value(), value.key() == "n") << value.key();
    EXPECT_EQ(value.AsString().has_value(), value.key() == "s") << value.key();
    EXPECT_EQ(value.AsBool().has_value(), value.key() == "b") << value.key();
    EXPECT_EQ(value.IsNullOrAbsent(), value.key() == "z") << value.key();
    EXPECT_FALSE(value.Find("x").exists()) << value.key();
    EXPECT_FALSE(value.At(0).exists()) << value.key();
    EXPECT_EQ(value.begin(), value.end()) << value.key();
  }
  EXPECT_FALSE(parsed.root().At(0).exists());
}

TEST(Json, J17_AnAbsentValueIsHarmless) {
  for (const JsonValue absent : {JsonValue(), Parse("[1]").root().Find("missing").Find("deeper")}) {
    EXPECT_FALSE(absent.exists());
    EXPECT_TRUE(absent.IsNullOrAbsent());
    EXPECT_EQ(absent.AsBool(), std::nullopt);
    EXPECT_EQ(absent.AsString(), std::nullopt);
    EXPECT_EQ(absent.AsInteger(), std::nullopt);
    EXPECT_EQ(absent.text(), "");
    EXPECT_EQ(absent.key(), "");
    EXPECT_EQ(absent.offset(), 0U);
    EXPECT_FALSE(absent.Find("x").exists());
    EXPECT_FALSE(absent.At(0).exists());
    EXPECT_EQ(absent.begin(), absent.end());
  }
}

TEST(Json, J18_TheFirstParseIsClean) {
  // For the build with UBSan: the reader starts with an empty stack.
  EXPECT_EQ(Parse("{}").error, "");
  EXPECT_EQ(Parse("[]").error, "");
}

TEST(Json, ReadsEveryType) {
  const Parsed parsed =
      Parse(R"( {"s":"a\n\"\\\/\u20ac","n":-1.5e3,"t":true,"f":false,"z":null,"a":[1,[2]]} )");
  ASSERT_EQ(parsed.error, "");
  const JsonValue root = parsed.root();
  EXPECT_EQ(root.type(), JsonType::kObject);
  EXPECT_EQ(root.Find("s").AsString(), "a\n\"\\/€");
  EXPECT_EQ(root.Find("n").text(), "-1.5e3");
  EXPECT_EQ(root.Find("t").AsBool(), true);
  EXPECT_EQ(root.Find("f").AsBool(), false);
  EXPECT_EQ(root.Find("z").type(), JsonType::kNull);
  EXPECT_EQ(root.Find("a").At(0).AsInteger(), 1);
  EXPECT_EQ(root.Find("a").At(1).At(0).AsInteger(), 2);
  EXPECT_FALSE(root.Find("a").At(2).exists());
  std::vector<std::string_view> keys;
  for (const JsonValue member : root) keys.push_back(member.key());
  EXPECT_EQ(keys, (std::vector<std::string_view>{"s", "n", "t", "f", "z", "a"}));
}

TEST(Json, NamesOfTypes) {
  EXPECT_EQ(JsonTypeName(JsonType::kNull), "null");
  EXPECT_EQ(JsonTypeName(JsonType::kBool), "a boolean");
  EXPECT_EQ(JsonTypeName(JsonType::kNumber), "a number");
  EXPECT_EQ(JsonTypeName(JsonType::kString), "a string");
  EXPECT_EQ(JsonTypeName(JsonType::kArray), "an array");
  EXPECT_EQ(JsonTypeName(JsonType::kObject), "an object");
}

TEST(Json, OffsetsPointIntoTheText) {
  //                     0         1         2         3         4
  //                     0123456789012345678901234567890123456789012345
  const Parsed parsed = Parse(R"({"a": ["s", 12, {"b": null}], "\u0063": true})");
  ASSERT_EQ(parsed.error, "");
  const JsonValue root = parsed.root();
  const JsonValue list = root.Find("a");
  EXPECT_EQ(list.offset(), 1U);
  EXPECT_EQ(list.At(0).offset(), 7U);
  EXPECT_EQ(list.At(1).offset(), 12U);
  EXPECT_EQ(list.At(2).Find("b").offset(), 17U);
  EXPECT_EQ(root.Find("c").offset(), 30U);
}

TEST(Json, OffsetOfAWordInAnArrayIsThatOfTheArray) {
  const Parsed parsed = Parse(R"({"x": 1, "a": [true, null]})");
  ASSERT_EQ(parsed.error, "");
  const JsonValue list = parsed.root().Find("a");
  EXPECT_EQ(list.offset(), 9U);
  EXPECT_EQ(list.At(0).offset(), 9U);
  EXPECT_EQ(list.At(1).offset(), 9U);
}

TEST(Json, AfterAnErrorWhatCameBeforeCanBeRead) {
  const Parsed parsed = Parse(R"({"a": 1, "b": {"c": "x", "d": [2, oops]}})");
  EXPECT_EQ(parsed.error, "34: Invalid value.");
  EXPECT_EQ(parsed.root().Find("a").AsInteger(), 1);
  EXPECT_EQ(parsed.root().Find("b").Find("c").AsString(), "x");
  EXPECT_EQ(parsed.root().Find("b").Find("d").At(0).AsInteger(), 2);
  EXPECT_FALSE(parsed.root().Find("b").Find("d").At(1).exists());
  EXPECT_FALSE(Parse("oops").root().exists());
  EXPECT_FALSE(Parse("{\"a\":1}\xff").root().exists());
}

TEST(Json, LongStringsWithEscapesAtEveryPlace) {
  // The reader scans 16 bytes at a time; an escape or the end may fall on any of them.
  for (std::size_t before = 0; before < 40; ++before) {
    const std::string plain = Repeat("x", before);
    const Parsed parsed = Parse("[\"" + plain + R"(\u00e9\n)" + plain + "\",\"" + plain + "\"]");
    ASSERT_EQ(parsed.error, "") << before;
    EXPECT_EQ(parsed.root().At(0).AsString(), plain + "é\n" + plain);
    EXPECT_EQ(parsed.root().At(1).AsString(), plain);
  }
}

TEST(JsonWriter, WritesEveryType) {
  JsonWriter writer;
  writer.StartObject();
  writer.Member("text", "a\n\"\\/\x01€");
  writer.Member("number", std::int64_t{-5});
  writer.Member("flag", true);
  writer.Key("list");
  writer.StartArray();
  writer.Null();
  writer.Bool(false);
  writer.Raw("1.50");
  writer.Raw(R"({"a":1})");
  writer.Integer(std::numeric_limits<std::int64_t>::min());
  writer.EndArray();
  writer.EndObject();
  EXPECT_EQ(writer.text(), R"({"text":"a\n\"\\/\u0001€","number":-5,"flag":true,)"
                           R"("list":[null,false,1.50,{"a":1},-9223372036854775808]})");
}

TEST(JsonWriter, WritesWhatIsNotUtf8AsTheReplacementCharacter) {
  const auto write = [](std::string_view text) {
    JsonWriter writer;
    writer.String(text);
    return std::string(writer.text());
  };
  EXPECT_EQ(write("a\xff"
                  "b"),
            "\"a\xef\xbf\xbd"
            "b\"");
  EXPECT_EQ(write("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  // What is valid around it stays what it was.
  EXPECT_EQ(write("\n\xff"), "\"\\n\xef\xbf\xbd\"");
}

TEST(JsonWriter, WhatItWritesCanBeRead) {
  std::string bytes;
  for (int c = 1; c < 128; ++c) bytes += static_cast<char>(c);
  bytes += "é€😀\xe2\x80\xa8";
  JsonWriter writer;
  writer.StartArray();
  writer.String(bytes);
  writer.EndArray();
  const Parsed parsed = Parse(std::string(writer.text()));
  ASSERT_EQ(parsed.error, "");
  EXPECT_EQ(parsed.root().At(0).AsString(), bytes);
}

}  // namespace
}  // namespace tidewaiter
