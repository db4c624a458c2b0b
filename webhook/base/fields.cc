#include "webhook/base/fields.h"

#include <charconv>

#include "webhook/base/clock.h"

namespace tidewaiter {
namespace {

std::string Shown(const YamlNode& node) {
  if (node.kind != YamlKind::kScalar) return std::string(YamlKindName(node));
  return node.plain ? PrintableText(CutToBytes(node.text, 64)) : Quote(node.text, 64);
}

}  // namespace

void YamlContext::WrongType(const YamlNode& node, std::string_view expected) {
  Error(node, fmt::format("expected {}, got {}", expected, Shown(node)));
}

void ReadValue(const YamlNode& node, bool& value, YamlContext& context) {
  if (node.kind == YamlKind::kScalar && node.plain && node.text == "true") {
    value = true;
  } else if (node.kind == YamlKind::kScalar && node.plain && node.text == "false") {
    value = false;
  } else {
    context.WrongType(node, "true or false");
  }
}

void ReadValue(const YamlNode& node, std::string& value, YamlContext& context) {
  if (node.kind != YamlKind::kScalar) return context.WrongType(node, "text");
  value = node.text;
}

void ReadValue(const YamlNode& node, Glob& value, YamlContext& context) {
  std::string text;
  ReadValue(node, text, context);
  if (node.kind == YamlKind::kScalar && text.empty()) {
    context.Error(node, "empty pattern; it would match nothing");
  }
  value = Glob(std::move(text));
}

void ReadValue(const YamlNode& node, WholeName& value, YamlContext& context) {
  ReadValue(node, value.name, context);
  if (node.kind != YamlKind::kScalar) return;
  if (value.name.empty()) context.Error(node, "empty name; it would match nothing");
  if (Glob::IsGlob(value.name)) {
    context.Error(node, fmt::format("{} is a pattern; here a name stands in whole, as anybody may "
                                    "create a name that matches a pattern",
                                    Quote(value.name, 64)));
  }
}

void ReadValue(const YamlNode& node, Expiry& value, YamlContext& context) {
  const auto day = node.kind == YamlKind::kScalar ? ParseDate(node.text) : std::nullopt;
  const auto time = node.kind == YamlKind::kScalar ? ParseTime(node.text) : std::nullopt;
  if (day) {
    value.end = *day + std::chrono::days(1);
  } else if (time) {
    value.end = *time;
  } else {
    context.WrongType(node, "a date (2027-03-31) or a time (2027-03-31T12:00:00Z)");
  }
}

void ReadValue(const YamlNode& node, std::chrono::sys_seconds& value, YamlContext& context) {
  const auto time = node.kind == YamlKind::kScalar ? ParseTime(node.text) : std::nullopt;
  if (!time) return context.WrongType(node, "a time (2027-03-31T12:00:00Z)");
  value = *time;
}

Shape ShapeOf(const bool*) { return ShapeOfKind(Shape::Kind::kBool); }
Shape ShapeOf(const std::string*) { return ShapeOfKind(Shape::Kind::kText); }
Shape ShapeOf(const Glob*) { return TextShape("."); }
Shape ShapeOf(const WholeName*) { return TextShape("^[^*?]+$"); }
Shape ShapeOf(const Expiry*) { return ShapeOfKind(Shape::Kind::kDate); }
Shape ShapeOf(const std::chrono::sys_seconds*) { return ShapeOfKind(Shape::Kind::kTime); }

bool ReadInteger(const YamlNode& node, std::int64_t low, std::int64_t high, std::int64_t& value,
                 YamlContext& context) {
  const std::string& text = node.text;
  std::int64_t read = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), read);
  const bool leading_zero = text.size() > 1 && text[0] == '0';
  if (node.kind != YamlKind::kScalar || !node.plain || code != std::errc() || leading_zero ||
      end != text.data() + text.size() || read < low || read > high) {
    context.WrongType(node, fmt::format("a number from {} to {}", low, high));
    return false;
  }
  value = read;
  return true;
}

void UnknownWord(const YamlNode& node, std::string_view what, const std::vector<std::string>& words,
                 YamlContext& context) {
  if (node.kind != YamlKind::kScalar && node.kind != YamlKind::kNull) {
    return context.WrongType(node, what);
  }
  std::string hint = DidYouMean(node.text, words);
  if (hint.empty()) {
    hint = words.empty() ? "; none is known here" : "; known: ";
    for (std::size_t i = 0; i < words.size(); ++i) hint += (i == 0 ? "" : ", ") + words[i];
  }
  context.Error(node, fmt::format("unknown {} {}{}", what, Quote(node.text, 64), hint));
}

}  // namespace tidewaiter
