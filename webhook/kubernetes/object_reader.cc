#include "webhook/kubernetes/object_reader.h"

#include <fmt/core.h>

#include <limits>

namespace tidewaiter {
namespace {

// Errors beyond this number say nothing new, and a hostile object has thousands.
constexpr std::size_t kMostErrors = 8;

}  // namespace

std::string FieldPath::ToString() const {
  std::string text = parent == nullptr ? std::string() : parent->ToString();
  if (index != kNoIndex) return text + fmt::format("[{}]", index);
  if (!text.empty() && !key.empty()) text += '.';
  return text + std::string(key);
}

ObjectReader::ObjectReader(JsonValue value, const FieldPath& path, Diagnostics& diagnostics)
    : object_(value), path_(path), diagnostics_(diagnostics) {
  if (value.IsNullOrAbsent() || value.type() == JsonType::kObject) return;
  WrongType(value, path, "an object");
  object_ = {};
}

void ObjectReader::WrongType(JsonValue value, const FieldPath& path, std::string_view expected) {
  if (diagnostics_.errors() >= kMostErrors) return;
  diagnostics_.FieldError(path.ToString(),
                          fmt::format("expected {}, got {}", expected, JsonTypeName(value.type())));
}

void ObjectReader::Error(std::string_view key, std::string message) {
  if (diagnostics_.errors() >= kMostErrors) return;
  diagnostics_.FieldError(FieldPath{&path_, key}.ToString(), std::move(message));
}

void ObjectReader::String(std::string_view key, std::string_view& out) {
  Scalar(object_.Find(key), key, &JsonValue::AsString, "a string", out);
}

void ObjectReader::String(std::string_view key, std::optional<std::string_view>& out) {
  Scalar(object_.Find(key), key, &JsonValue::AsString, "a string", out);
}

void ObjectReader::Bool(std::string_view key, bool& out) {
  Scalar(object_.Find(key), key, &JsonValue::AsBool, "a boolean", out);
}

void ObjectReader::Bool(std::string_view key, std::optional<bool>& out) {
  Scalar(object_.Find(key), key, &JsonValue::AsBool, "a boolean", out);
}

void ObjectReader::Int64(std::string_view key, std::optional<std::int64_t>& out) {
  Scalar(object_.Find(key), key, &JsonValue::AsInteger, "an integer", out);
}

void ObjectReader::Int32(std::string_view key, std::int32_t& out) {
  const JsonValue value = object_.Find(key);
  if (value.IsNullOrAbsent()) return;
  const auto number = value.AsInteger();
  if (number && *number >= std::numeric_limits<std::int32_t>::min() &&
      *number <= std::numeric_limits<std::int32_t>::max()) {
    out = static_cast<std::int32_t>(*number);
  } else {
    WrongType(value, {&path_, key}, "an integer of 32 bits");
  }
}

void ObjectReader::IntOrString(std::string_view key, std::string& out) {
  const JsonValue value = object_.Find(key);
  if (value.IsNullOrAbsent()) return;
  if (value.AsInteger() || value.AsString()) {
    out = value.text();
  } else {
    WrongType(value, {&path_, key}, "an integer or a string");
  }
}

void ObjectReader::Strings(std::string_view key, std::vector<std::string_view>& out) {
  const FieldPath list{&path_, key};
  std::size_t index = 0;
  for (const JsonValue element : Elements(key)) {
    if (const auto text = element.AsString()) {
      out.push_back(*text);
    } else {
      WrongType(element, {&list, {}, index}, "a string");
    }
    ++index;
  }
}

JsonValue ObjectReader::Elements(std::string_view key) {
  const JsonValue value = object_.Find(key);
  if (value.IsNullOrAbsent()) return {};
  if (value.type() == JsonType::kArray) return value;
  WrongType(value, {&path_, key}, "an array");
  return {};
}

}  // namespace tidewaiter
