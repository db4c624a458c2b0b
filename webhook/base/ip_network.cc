#include "webhook/base/ip_network.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <charconv>

#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

// The address with nothing but zeros behind its first `prefix` bits.
IpAddress Masked(IpAddress address, std::size_t prefix) {
  for (std::size_t bit = prefix; bit < address.bits; ++bit) {
    address.bytes[bit / 8] &= static_cast<unsigned char>(~(0x80 >> bit % 8));
  }
  return address;
}

}  // namespace

std::optional<IpAddress> ParseIpAddress(std::string_view text) {
  // A NUL in the text would end it early.
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::string terminated(text);
  IpAddress address;
  if (::inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
  } else if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) {
    address.bits = 128;
  } else {
    return std::nullopt;
  }
  return address;
}

std::string ToString(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(address.bits == 32 ? AF_INET : AF_INET6, address.bytes.data(), text.data(),
              static_cast<socklen_t>(text.size()));
  return text.data();
}

bool IpNetwork::Contains(const IpAddress& other) const {
  return other.bits == address.bits && Masked(other, prefix) == address;
}

std::optional<IpNetwork> ParseIpNetwork(std::string_view text, std::string& error) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = ParseIpAddress(text.substr(0, slash));
  std::size_t prefix = 0;
  const std::string_view digits =
      slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  const bool leading_zero = digits.size() > 1 && digits[0] == '0';
  if (!address || code != std::errc() || end != digits.data() + digits.size() || leading_zero ||
      prefix > address->bits) {
    error = fmt::format("{} is no network, as in 192.0.2.0/24 or 2001:db8::/32", Quote(text, 128));
    return std::nullopt;
  }
  const IpAddress masked = Masked(*address, prefix);
  if (masked == *address) return IpNetwork{masked, prefix};
  error = fmt::format("{} has bits behind its prefix; the network is {}/{}", Quote(text, 128),
                      ToString(masked), prefix);
  return std::nullopt;
}

void ReadValue(const YamlNode& node, IpNetwork& value, YamlContext& context) {
  std::string text;
  const std::size_t errors = context.errors();
  ReadValue(node, text, context);
  if (context.errors() != errors) return;
  if (const std::optional<IpAddress> address = ParseIpAddress(text)) {
    value = {*address, address->bits};
    return;
  }
  std::string error;
  if (const std::optional<IpNetwork> network = ParseIpNetwork(text, error)) {
    value = *network;
  } else {
    context.Error(node, error);
  }
}

Shape ShapeOf(const IpNetwork*) { return ShapeOfKind(Shape::Kind::kText); }

}  // namespace tidewaiter
