#include "webhook/base/canonical_json.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

using Members = std::map<std::string_view, JsonValue>;

Members MembersOf(JsonValue object) {
  Members members;
  for (const JsonValue member : object) members.emplace(member.key(), member);
  return members;
}

// As deep as a document may be nested, which has a limit.
void Write(JsonValue value, JsonWriter& json) {
  if (value.IsNullOrAbsent()) return json.Null();
  switch (value.type()) {
    case JsonType::kNull:
      return json.Null();
    case JsonType::kBool:
      return json.Bool(*value.AsBool());
    case JsonType::kNumber:
      return json.Raw(value.text());
    case JsonType::kString:
      return json.String(value.text());
    case JsonType::kArray:
      json.StartArray();
      for (const JsonValue element : value) Write(element, json);
      return json.EndArray();
    case JsonType::kObject:
      json.StartObject();
      for (const auto& [key, member] : MembersOf(value)) {
        json.Key(key);
        Write(member, json);
      }
      return json.EndObject();
  }
}

class Comparison {
 public:
  explicit Comparison(std::size_t most) : most_(most) {}

  void Compare(JsonValue before, JsonValue after, const std::string& path) {
    if (paths_.size() >= most_) return;
    const bool alike =
        !before.IsNullOrAbsent() && !after.IsNullOrAbsent() && before.type() == after.type();
    if (alike && after.type() == JsonType::kObject) return CompareObjects(before, after, path);
    if (alike && after.type() == JsonType::kArray) return CompareArrays(before, after, path);
    const bool same = alike ? before.text() == after.text() && before.AsBool() == after.AsBool()
                            : before.IsNullOrAbsent() && after.IsNullOrAbsent();
    if (!same) paths_.push_back(path);
  }

  std::vector<std::string> Take() { return std::move(paths_); }

 private:
  void CompareObjects(JsonValue before, JsonValue after, const std::string& path) {
    Members old = MembersOf(before);
    const auto path_of = [&](std::string_view key) {
      return path + (path.empty() ? "" : ".") + PrintableText(CutToBytes(key, 128));
    };
    for (const JsonValue member : after) {
      const auto found = old.find(member.key());
      const JsonValue other = found == old.end() ? JsonValue() : found->second;
      Compare(other, member, path_of(member.key()));
      if (found != old.end()) old.erase(found);
    }
    for (const auto& [key, member] : old) Compare(member, {}, path_of(key));
  }

  void CompareArrays(JsonValue before, JsonValue after, const std::string& path) {
    auto old = before.begin();
    std::size_t index = 0;
    for (const JsonValue element : after) {
      const bool has = !(old == before.end());
      Compare(has ? *old : JsonValue(), element, fmt::format("{}[{}]", path, index++));
      if (has) ++old;
    }
    for (; !(old == before.end()); ++old) {
      Compare(*old, {}, fmt::format("{}[{}]", path, index++));
    }
  }

  std::size_t most_;
  std::vector<std::string> paths_;
};

}  // namespace

std::string CanonicalJson(JsonValue value) {
  JsonWriter json;
  Write(value, json);
  return std::string(json.text());
}

std::vector<std::string> ChangedPaths(JsonValue before, JsonValue after, std::size_t most) {
  Comparison comparison(most);
  comparison.Compare(before, after, "");
  return comparison.Take();
}

}  // namespace tidewaiter
