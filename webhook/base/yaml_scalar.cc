#include "webhook/base/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace tidewaiter {
namespace {

bool IsOneOf(std::string_view text, const auto& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<bool> ReadBool(std::string_view text) {
  static constexpr std::array<std::string_view, 11> kTrue = {
      "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
  static constexpr std::array<std::string_view, 11> kFalse = {
      "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  if (IsOneOf(text, kTrue)) return true;
  if (IsOneOf(text, kFalse)) return false;
  return std::nullopt;
}

std::optional<std::int64_t> ReadInteger(std::string text) {
  // Like Go's strconv.ParseInt(text, 0, 64) after all underscores have been dropped.
  std::erase(text, '_');
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    base = 16;
  } else if (digits.starts_with("0b") || digits.starts_with("0B")) {
    base = 2;
  } else if (digits.starts_with("0o") || digits.starts_with("0O")) {
    base = 8;
  } else if (digits.size() > 1 && digits.starts_with('0')) {
    base = 8;
    digits.remove_prefix(1);
  }
  if (digits.size() > 2 && (base == 16 || base == 2 || digits.starts_with("0o") ||
                            digits.starts_with("0O"))) {
    digits.remove_prefix(2);
  }
  if (digits.empty() || digits.starts_with('-') || digits.starts_with('+')) return std::nullopt;
  std::int64_t value = 0;
  const std::string signed_digits = (negative ? "-" : "") + std::string(digits);
  const char* const end = signed_digits.data() + signed_digits.size();
  const auto [stop, code] = std::from_chars(signed_digits.data(), end, value, base);
  if (code != std::errc() || stop != end) return std::nullopt;
  return value;
}

// [-+]? ( "." digits | digits ["." digits?] ) [ [eE] [-+]? digits ]
bool IsFraction(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - start;
  };
  const auto sign = [&] {
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  };
  sign();
  const std::size_t whole = digits();
  std::size_t fraction = 0;
  if (i < text.size() && text[i] == '.') {
    ++i;
    fraction = digits();
  }
  if (whole + fraction == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    sign();
    if (digits() == 0) return false;
  }
  return i == text.size();
}

// The same number in JSON's grammar, which wants digits on both sides of the point and no plus.
std::string ToJsonNumber(std::string_view text) {
  std::string out;
  if (text.starts_with('-')) out = "-";
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t digits = text.find_first_not_of('0');
  const std::size_t drop = digits == std::string_view::npos ? text.size() : digits;
  text.remove_prefix(drop);
  if (text.empty() || text[0] < '0' || text[0] > '9') out += '0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit_follows = i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
    out += text[i];
    if (text[i] == '.' && !digit_follows) out += '0';
  }
  return out;
}

}  // namespace

void WriteYaml11Scalar(std::string_view text, bool plain, JsonWriter& writer) {
  if (!plain) return writer.String(text);
  if (const std::optional<bool> value = ReadBool(text)) return writer.Bool(*value);
  const bool numeric = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == '.' ||
                                         (text[0] >= '0' && text[0] <= '9'));
  if (!numeric) return writer.String(text);
  if (const auto value = ReadInteger(std::string(text))) return writer.Integer(*value);
  if (IsFraction(text)) return writer.Raw(ToJsonNumber(text));
  writer.String(text);
}

}  // namespace tidewaiter
