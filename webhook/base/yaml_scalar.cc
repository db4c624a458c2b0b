#include "webhook/base/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
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

// Like Go's strconv.ParseInt and ParseUint of base 0.
template <class Integer>
std::optional<Integer> ReadInteger(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  const char prefix = digits.size() > 1 && digits[0] == '0' ? digits[1] : '\0';
  if (prefix == 'x' || prefix == 'X') {
    base = 16;
  } else if (prefix == 'b' || prefix == 'B') {
    base = 2;
  } else if (prefix != '\0') {
    base = 8;
  }
  if (base != 10) digits.remove_prefix(base != 8 || prefix == 'o' || prefix == 'O' ? 2 : 1);
  if (digits.empty() || digits.starts_with('-')) return std::nullopt;
  Integer value = 0;
  const std::string text = (negative ? "-" : "") + std::string(digits);
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, value, base);
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

// The number as Go writes it into JSON: 8080.0 is 8080, and only what is very large or very small
// has an exponent. Nothing if it is too large for a double.
std::optional<std::string> ToJsonNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
    return std::nullopt;
  }
  const double size = std::abs(value);
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e21);
  std::array<char, 64> buffer;
  const auto [end, code] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  if (code != std::errc()) return std::nullopt;
  return std::string(buffer.data(), end);
}

bool IsNumeric(std::string_view text) {
  return !text.empty() &&
         (text[0] == '-' || text[0] == '+' || text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
}

// The token of a plain scalar that is a number or a boolean; nothing if it is text.
std::optional<std::string> ReadToken(std::string_view text) {
  if (const std::optional<bool> value = ReadBool(text)) return *value ? "true" : "false";
  if (!IsNumeric(text)) return std::nullopt;
  std::string digits(text);
  std::erase(digits, '_');
  if (const auto value = ReadInteger<std::int64_t>(digits)) return std::to_string(*value);
  if (const auto value = ReadInteger<std::uint64_t>(digits)) return std::to_string(*value);
  return IsFraction(digits) ? ToJsonNumber(digits) : std::nullopt;
}

}  // namespace

void WriteYaml11Scalar(std::string_view text, bool plain, JsonWriter& writer) {
  const std::optional<std::string> token = plain ? ReadToken(text) : std::nullopt;
  if (token) {
    writer.Raw(*token);
  } else {
    writer.String(text);
  }
}

std::string Yaml11Key(std::string_view text) { return ReadToken(text).value_or(std::string(text)); }

}  // namespace tidewaiter
