#include "webhook/base/canonical_json.h"

#include <gtest/gtest.h>

namespace tidewaiter {
namespace {

class Json {
 public:
  explicit Json(std::string text) : document_(std::move(text), JsonLimits(), &error_) {
    EXPECT_FALSE(error_) << error_->message;
  }
  JsonValue root() const { return document_.root(); }

 private:
  std::optional<JsonError> error_;
  JsonDocument document_;
};

TEST(CanonicalJson, MembersInTheOrderOfTheirKeys) {
  EXPECT_EQ(
      CanonicalJson(Json(R"( {"b": [1, true, null], "a": {"d": "\u0041", "c": -2} } )").root()),
      R"({"a":{"c":-2,"d":"A"},"b":[1,true,null]})");
  EXPECT_EQ(CanonicalJson(JsonValue()), "null");
}

std::string Changed(const std::string& before, const std::string& after, std::size_t most = 9) {
  const Json a(before);
  const Json b(after);
  std::string text;
  for (const std::string& path : ChangedPaths(a.root(), b.root(), most)) text += path + " ";
  return text;
}

TEST(ChangedPaths, TheUppermostPathsThatDiffer) {
  EXPECT_EQ(Changed(R"({"a":1,"b":2})", R"({"b":2,"a":1})"), "");
  EXPECT_EQ(Changed(R"({"a":1})", R"({"a":2})"), "a ");
  EXPECT_EQ(Changed(R"({"a":true})", R"({"a":false})"), "a ");
  EXPECT_EQ(Changed(R"({"a":"1"})", R"({"a":1})"), "a ");
  EXPECT_EQ(Changed(R"({"a":null})", "{}"), "");
  EXPECT_EQ(Changed(R"({"a":{"b":[1,2]}})", R"({"a":{"b":[1,3,4]}})"), "a.b[1] a.b[2] ");
  EXPECT_EQ(Changed(R"({"a":{"b":[1,2]}})", R"({"a":{"b":[1]}})"), "a.b[1] ");
  EXPECT_EQ(Changed(R"({"a":{"b":1}})", R"({"c":{"d":1}})"), "c a ");
  EXPECT_EQ(Changed(R"({"a":1,"b":1,"c":1})", "{}", 2), "a b ");
  EXPECT_EQ(Changed(R"({"a":{}})", R"({"a":[]})"), "a ");
}

}  // namespace
}  // namespace tidewaiter
