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

// The way to a value, kept on the stack and written out only for a difference.
struct Step {
  const Step* parent = nullptr;
  std::string_view key;  // of an object's member; of an array's element there is none
  std::size_t index = 0;

  std::string ToString() const {
    if (parent == nullptr) return "";
    const std::string above = parent->ToString();
    if (key.data() == nullptr) return fmt::format("{}[{}]", above, index);
    return above + (above.empty() ? "" : ".") + PrintableText(CutToBytes(key, 128));
  }
};

class Comparison {
 public:
  explicit Comparison(std::size_t most) : most_(most) {}

  void Compare(JsonValue before, JsonValue after, const Step& here) {
    if (paths_.size() >= most_) return;
    const bool alike =
        !before.IsNullOrAbsent() && !after.IsNullOrAbsent() && before.type() == after.type();
    if (alike && after.type() == JsonType::kObject) return CompareObjects(before, after, here);
    if (alike && after.type() == JsonType::kArray) return CompareArrays(before, after, here);
    const bool same = alike ? before.text() == after.text() && before.AsBool() == after.AsBool()
                            : before.IsNullOrAbsent() && after.IsNullOrAbsent();
    if (!same) paths_.push_back(here.ToString());
  }

  std::vector<std::string> Take() { return std::move(paths_); }

 private:
  void CompareObjects(JsonValue before, JsonValue after, const Step& here) {
    auto old = before.begin();
    auto now = after.begin();
    // Most objects that are nearly the same have their members in the same order.
    for (; old != before.end() && now != after.end() && (*old).key() == (*now).key();
         ++old, ++now) {
      Compare(*old, *now, {&here, (*now).key()});
    }
    Members left;
    for (; old != before.end(); ++old) left.emplace((*old).key(), *old);
    for (; now != after.end(); ++now) {
      const auto found = left.find((*now).key());
      Compare(found == left.end() ? JsonValue() : found->second, *now, {&here, (*now).key()});
      if (found != left.end()) left.erase(found);
    }
    for (const auto& [key, member] : left) Compare(member, {}, {&here, key});
  }

  void CompareArrays(JsonValue before, JsonValue after, const Step& here) {
    auto old = before.begin();
    auto now = after.begin();
    for (std::size_t index = 0; old != before.end() || now != after.end(); ++index) {
      const Step element{&here, {}, index};
      const bool has_old = old != before.end();
      const bool has_now = now != after.end();
      Compare(has_old ? *old : JsonValue(), has_now ? *now : JsonValue(), element);
      if (has_old) ++old;
      if (has_now) ++now;
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
  comparison.Compare(before, after, Step());
  return comparison.Take();
}

}  // namespace tidewaiter
