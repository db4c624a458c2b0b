#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// JSON (RFC 8259) from anybody on the network, read without trust.
//
// What is refused beyond bad syntax: invalid UTF-8, also in decoded escapes; NUL, raw or escaped; a
// byte order mark; duplicate keys, compared after decoding; nesting deeper than `max_depth`; more
// than `max_tokens` values and keys; a number of more than 32 characters. Numbers stay text until
// somebody asks for an integer, so that no conversion can go wrong on a number that nobody reads.
namespace tidewaiter {

struct JsonLimits {
  std::uint32_t max_depth = 64;  // counted from the outermost bracket
  std::uint32_t max_tokens = 1'000'000;
};

struct JsonError {
  std::size_t offset = 0;  // bytes from the beginning of the text
  std::string message;
};

enum class JsonType : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

// "a string", "an object": for messages.
std::string_view JsonTypeName(JsonType type);

// One value of a document, or no value at all. A view: it is valid as long as its document is.
class JsonValue {
 public:
  JsonValue() = default;

  bool exists() const { return document_ != nullptr; }
  // Absent and null are the same to Kubernetes wherever a field is optional.
  bool IsNullOrAbsent() const { return !exists() || type() == JsonType::kNull; }
  JsonType type() const;

  // Each gives nothing when the value is of another type.
  std::optional<bool> AsBool() const;
  std::optional<std::string_view> AsString() const;
  // Only digits with an optional minus sign are an integer: 8080.0 and 1e5 are not.
  std::optional<std::int64_t> AsInteger() const;

  // The text of a string or a number; empty for other types.
  std::string_view text() const;
  // The key under which this value stands in its object; empty in an array.
  std::string_view key() const;
  // Where the value is in the text: its key if it has one, else its first character, in bytes. For
  // true, false and null in an array: where the array is.
  std::size_t offset() const;

  // The member of an object; absent in anything else. Looks at each member once: never call it in a
  // loop over something whose size an attacker chooses.
  JsonValue Find(std::string_view key) const;
  // The element of an array; absent in anything else.
  JsonValue At(std::size_t index) const;

  // The members of an object or the elements of an array; nothing in a scalar.
  class Iterator;
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class JsonDocument;
  JsonValue(const class JsonDocument* document, std::uint32_t index)
      : document_(document), index_(index) {}
  const struct JsonNode& node() const;

  const class JsonDocument* document_ = nullptr;
  std::uint32_t index_ = 0;
};

class JsonValue::Iterator {
 public:
  Iterator(const JsonDocument* document, std::uint32_t index)
      : document_(document), index_(index) {}
  JsonValue operator*() const { return JsonValue(document_, index_); }
  Iterator& operator++();
  bool operator==(const Iterator&) const = default;

 private:
  const JsonDocument* document_;
  std::uint32_t index_;
};

// Values in the order of the text, each followed by what it contains; `end` is the index behind
// that. Positions are byte offsets into the document's text.
struct JsonNode {
  std::uint32_t key_offset = 0;
  std::uint32_t key_length = 0;
  std::uint32_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t end = 0;
  JsonType type = JsonType::kNull;
  bool boolean = false;
  bool has_key = false;
};

// A parsed text. It keeps the text and decodes strings in place.
class JsonDocument {
 public:
  // The text must be shorter than 2 GiB. On an error, `error` tells it, and root() shows what came
  // before it (nothing, if not even the first value began).
  JsonDocument(std::string text, JsonLimits limits, std::optional<JsonError>* error);

  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  JsonValue root() const { return nodes_.empty() ? JsonValue() : JsonValue(this, 0); }

 private:
  friend class JsonValue;
  friend class JsonValue::Iterator;

  std::string text_;
  std::vector<JsonNode> nodes_;
};

// The looks at a value that every reader of a review takes thousands of times.
inline const JsonNode& JsonValue::node() const { return document_->nodes_.data()[index_]; }
inline JsonType JsonValue::type() const { return node().type; }
inline std::string_view JsonValue::text() const {
  if (!exists()) return {};
  return {document_->text_.data() + node().offset, node().length};
}
inline std::string_view JsonValue::key() const {
  if (!exists()) return {};
  return {document_->text_.data() + node().key_offset, node().key_length};
}
inline JsonValue::Iterator JsonValue::begin() const {
  return {document_, exists() ? index_ + 1 : 0};
}
inline JsonValue::Iterator JsonValue::end() const { return {document_, exists() ? node().end : 0}; }
inline JsonValue::Iterator& JsonValue::Iterator::operator++() {
  index_ = document_->nodes_.data()[index_].end;
  return *this;
}

// Writes one JSON text into a string. The caller keeps the brackets and keys in order; strings may
// hold any bytes, and what is not UTF-8 is written as U+FFFD.
class JsonWriter {
 public:
  JsonWriter();
  ~JsonWriter();
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  void StartObject();
  void EndObject();
  void StartArray();
  void EndArray();
  void Key(std::string_view key);
  void String(std::string_view value);
  void Integer(std::int64_t value);
  void Bool(bool value);
  void Null();
  // A JSON text as it is: a number's token, or a value written elsewhere.
  void Raw(std::string_view json);

  // Key and value in one.
  void Member(std::string_view key, std::string_view value);
  void Member(std::string_view key, const char* value) { Member(key, std::string_view(value)); }
  void Member(std::string_view key, std::int64_t value);
  void Member(std::string_view key, bool value);

  std::string_view text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidewaiter
