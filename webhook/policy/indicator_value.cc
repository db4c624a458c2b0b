#include "webhook/policy/indicator_value.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "webhook/base/text.h"
#include "webhook/kubernetes/image_reference.h"

namespace tidewaiter {
namespace {

// An IP address in network order, IPv4 in the first four bytes.
struct Address {
  std::array<unsigned char, 16> bytes{};
  std::size_t bits = 0;  // 32 or 128
};

std::optional<Address> ParseAddress(std::string_view text) {
  const std::string terminated(text);
  Address address;
  if (::inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
  } else if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
  } else {
    return std::nullopt;
  }
  // A NUL in the text would end it early.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  return address;
}

std::string Format(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(address.bits == 32 ? AF_INET : AF_INET6, address.bytes.data(), text.data(),
              static_cast<socklen_t>(text.size()));
  return text.data();
}

std::string FaultOfIp(std::string_view value) {
  if (ParseAddress(value)) return "";
  return fmt::format("{} is no IP address, as in 192.0.2.7 or 2001:db8::7", Quote(value, 128));
}

std::string FaultOfCidr(std::string_view value) {
  const std::size_t slash = value.find('/');
  std::optional<Address> address = ParseAddress(value.substr(0, slash));
  std::size_t prefix = 0;
  const std::string_view digits =
      slash == std::string_view::npos ? std::string_view() : value.substr(slash + 1);
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  const bool leading_zero = digits.size() > 1 && digits[0] == '0';
  if (!address || code != std::errc() || end != digits.data() + digits.size() || leading_zero ||
      prefix > address->bits) {
    return fmt::format("{} is no network, as in 192.0.2.0/24 or 2001:db8::/32", Quote(value, 128));
  }
  const Address written = *address;
  for (std::size_t bit = prefix; bit < address->bits; ++bit) {
    address->bytes[bit / 8] &= static_cast<unsigned char>(~(0x80 >> bit % 8));
  }
  if (address->bytes == written.bytes) return "";
  return fmt::format("{} has bits behind its prefix; the network is {}/{}", Quote(value, 128),
                     Format(*address), prefix);
}

bool IsDomain(std::string_view name) {
  if (name.size() > 253 || name.find('.') == std::string_view::npos) return false;
  while (true) {
    const std::string_view label = name.substr(0, name.find('.'));
    const auto is_right = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-' ||
        !std::all_of(label.begin(), label.end(), is_right)) {
      return false;
    }
    if (label.size() == name.size()) return true;
    name.remove_prefix(label.size() + 1);
  }
}

std::string FaultOfDomain(std::string_view value) {
  if (ParseAddress(value)) return fmt::format("{} is an address, of type ip", Quote(value, 128));
  if (IsDomain(value)) return "";
  return fmt::format(
      "{} is no domain, as in c2.example.test: in lower case, without a wildcard, as "
      "it means all names below it, too",
      Quote(value, 128));
}

std::string FaultOfUrl(std::string_view value) {
  const std::size_t scheme = value.find("://");
  const bool has_scheme =
      scheme != std::string_view::npos && scheme > 0 &&
      std::all_of(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(scheme),
                  [](char c) { return (c >= 'a' && c <= 'z') || c == '+'; });
  const bool printable =
      std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c != 0x7f; });
  if (has_scheme && printable) {
    const std::string_view rest = value.substr(scheme + 3);
    if (!rest.substr(0, rest.find_first_of("/?#")).empty()) return "";
  }
  return fmt::format("{} is no URL, as in http://c2.example.test/stage2", Quote(value, 128));
}

std::string FaultOfImage(std::string_view value) {
  std::string error;
  if (ParseImageReference(value, error)) return "";
  return fmt::format("{} is no image reference: {}", Quote(value, 255), error);
}

}  // namespace

std::string FaultOf(IndicatorType type, std::string_view value) {
  switch (type) {
    case IndicatorType::kIp:
      return FaultOfIp(value);
    case IndicatorType::kCidr:
      return FaultOfCidr(value);
    case IndicatorType::kDomain:
      return FaultOfDomain(value);
    case IndicatorType::kUrl:
      return FaultOfUrl(value);
    case IndicatorType::kImage:
      return FaultOfImage(value);
  }
  return "";
}

}  // namespace tidewaiter
