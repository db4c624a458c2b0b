#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/diagnostic.h"
#include "webhook/base/json.h"

namespace tidewaiter {

// The way to a value, kept on the stack and written out only for an error.
struct FieldPath {
  static constexpr std::size_t kNoIndex = static_cast<std::size_t>(-1);

  const FieldPath* parent = nullptr;
  std::string_view key;
  std::size_t index = kNoIndex;

  std::string ToString() const;
};

// Reads the typed fields of a JSON object. Null and absent are the same and leave the value as it
// is; any other type than the one asked for is an error in the diagnostics.
class ObjectReader {
 public:
  // A `value` that is not an object is an error, too; null and absent are an empty object.
  ObjectReader(JsonValue value, const FieldPath& path, Diagnostics& diagnostics);

  void String(std::string_view key, std::string_view& out);
  void String(std::string_view key, std::optional<std::string_view>& out);
  void Bool(std::string_view key, bool& out);
  void Bool(std::string_view key, std::optional<bool>& out);
  void Int32(std::string_view key, std::int32_t& out);
  void Int64(std::string_view key, std::optional<std::int64_t>& out);
  // A number or a text; 8080 and "http" come out as text.
  void IntOrString(std::string_view key, std::string& out);
  void Strings(std::string_view key, std::vector<std::string_view>& out);

  // Calls `read(ObjectReader&, path)` for the object under the key, if there is one.
  template <class Read>
  void Object(std::string_view key, Read&& read) {
    const JsonValue value = object_.Find(key);
    if (value.IsNullOrAbsent()) return;
    const FieldPath path{&path_, key};
    ObjectReader reader(value, path, diagnostics_);
    read(reader, path);
  }

  // Calls `read(key, value)` for each text of the object under the key, of those whose key `wanted`
  // is true for. Null is the empty text, as it is to the API server.
  template <class Wanted, class Read>
  void TextsOf(std::string_view key, Wanted&& wanted, Read&& read) {
    Object(key, [&](ObjectReader& reader, const FieldPath&) {
      for (const JsonValue member : reader.object_) {
        if (!wanted(member.key())) continue;
        std::string_view text;
        reader.Scalar(member, member.key(), &JsonValue::AsString, "a string", text);
        read(member.key(), text);
      }
    });
  }

  // Calls `read(ObjectReader&, key)` for each member but `except`; each must be an object.
  template <class Read>
  void Objects(std::string_view except, Read&& read) {
    for (const JsonValue member : object_) {
      if (member.IsNullOrAbsent() || member.key() == except) continue;
      const FieldPath path{&path_, member.key()};
      ObjectReader reader(member, path, diagnostics_);
      read(reader, member.key());
    }
  }

  // Calls `read(ObjectReader&, path, index)` for each object of the array under the key; returns
  // their number.
  template <class Read>
  std::size_t Array(std::string_view key, Read&& read) {
    std::size_t index = 0;
    const FieldPath list{&path_, key};
    for (const JsonValue element : Elements(key)) {
      const FieldPath path{&list, {}, index};
      if (element.type() == JsonType::kNull) {
        WrongType(element, path, "an object");
      } else {
        ObjectReader reader(element, path, diagnostics_);
        read(reader, path, index);
      }
      ++index;
    }
    return index;
  }

  JsonValue value() const { return object_; }
  // The value under the key; absent if there is none.
  JsonValue At(std::string_view key) const { return object_.Find(key); }
  bool Has(std::string_view key) const { return !object_.Find(key).IsNullOrAbsent(); }
  void Error(std::string_view key, std::string message);

 private:
  // The value as `as` reads it, or an error; nothing for null and absent.
  template <class Out, class T>
  void Scalar(JsonValue value, std::string_view key, std::optional<T> (JsonValue::*as)() const,
              std::string_view expected, Out& out) {
    if (value.IsNullOrAbsent()) return;
    if (const std::optional<T> read = (value.*as)()) {
      out = *read;
    } else {
      WrongType(value, {&path_, key}, expected);
    }
  }
  // The array under the key; nothing, perhaps with an error, if there is none.
  JsonValue Elements(std::string_view key);
  void WrongType(JsonValue value, const FieldPath& path, std::string_view expected);

  JsonValue object_;
  const FieldPath& path_;
  Diagnostics& diagnostics_;
};

}  // namespace tidewaiter
