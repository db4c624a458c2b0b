#include <fmt/core.h>

#include <limits>
#include <optional>

#include "webhook/base/json.h"
#include "webhook/base/text.h"
#include "webhook/base/yaml.h"
#include "webhook/base/yaml_scalar.h"

namespace tidewaiter {
namespace {

// True if nobody can take the text, without quotes, for anything but this string.
bool IsPlain(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || !is_letter(text[0]) || text == "null" || text == "Null" || text == "NULL") {
    return false;
  }
  for (const char c : text) {
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.' && c != '/') {
      return false;
    }
  }
  JsonWriter meaning;
  WriteYaml11Scalar(text, true, meaning);
  return meaning.text().starts_with('"');
}

// In double quotes, where YAML knows all of JSON's escapes. What YAML does not let stand in a text
// (DEL, U+0080 and on, U+FEFF, U+FFFE) and what looks like something else is escaped as well.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) {
      ++length;
    }
    const std::string_view rune = text.substr(0, length);
    const std::string shown = PrintableText(rune);
    if (rune == "\"" || rune == "\\") {
      out += '\\';
      out += rune;
    } else if (shown.starts_with("\\u{")) {
      // PrintableText's \u{1f} as YAML's \U0000001f.
      out += fmt::format("\\U{:0>8}", std::string_view(shown).substr(3, shown.size() - 4));
    } else if (rune == "\xef\xbf\xbe" || rune == "\xef\xbf\xbf") {
      out += rune == "\xef\xbf\xbe" ? "\\ufffe" : "\\uffff";
    } else {
      out += shown;
    }
    text.remove_prefix(length);
  }
  return out + '"';
}

std::string Scalar(JsonValue value) {
  switch (value.type()) {
    case JsonType::kString:
      return IsPlain(value.text()) ? std::string(value.text()) : Quoted(value.text());
    case JsonType::kNumber:
      return std::string(value.text());
    case JsonType::kBool:
      return *value.AsBool() ? "true" : "false";
    default:
      return "null";
  }
}

bool IsEmpty(JsonValue value) { return value.begin() == value.end(); }
bool IsCollection(JsonValue value) {
  return value.type() == JsonType::kObject || value.type() == JsonType::kArray;
}

void Write(JsonValue value, std::size_t indent, bool after_dash, std::string& out) {
  const std::string pad(indent, ' ');
  bool first = after_dash;
  for (const JsonValue child : value) {
    if (!first) out += pad;
    first = false;
    const bool is_member = value.type() == JsonType::kObject;
    if (is_member) {
      out += (IsPlain(child.key()) ? std::string(child.key()) : Quoted(child.key())) + ":";
    } else {
      out += '-';
    }
    if (!IsCollection(child)) {
      out += ' ' + Scalar(child) + '\n';
    } else if (IsEmpty(child)) {
      out += child.type() == JsonType::kObject ? " {}\n" : " []\n";
    } else if (is_member) {
      // A list stands as far to the left as its key, as in kubectl's output.
      out += '\n';
      Write(child, child.type() == JsonType::kArray ? indent : indent + 2, false, out);
    } else {
      out += ' ';
      Write(child, indent + 2, true, out);
    }
  }
}

}  // namespace

std::string JsonToYaml(std::string json) {
  std::optional<JsonError> error;
  const JsonDocument document(std::move(json),
                              {.max_tokens = std::numeric_limits<std::uint32_t>::max()}, &error);
  const JsonValue root = document.root();
  if (error || !root.exists()) return {};
  if (!IsCollection(root)) return Scalar(root) + '\n';
  if (IsEmpty(root)) return root.type() == JsonType::kObject ? "{}\n" : "[]\n";
  std::string out;
  Write(root, 0, false, out);
  return out;
}

}  // namespace tidewaiter
