#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "webhook/base/fields.h"

// Addresses of IPv4 and IPv6, and networks of them.
namespace tidewaiter {

// In network order, IPv4 in the first four bytes. An IPv4 address that is written as IPv6
// (::ffff:192.0.2.7) is one of IPv6.
struct IpAddress {
  std::array<unsigned char, 16> bytes{};
  std::size_t bits = 0;  // 32 or 128

  bool operator==(const IpAddress&) const = default;
};

// Nothing for what is no address: 192.0.2, 0300.0.2.7, a zone, a port, brackets.
std::optional<IpAddress> ParseIpAddress(std::string_view text);
std::string ToString(const IpAddress& address);

struct IpNetwork {
  IpAddress address;
  std::size_t prefix = 0;

  bool Contains(const IpAddress& other) const;
};

// 192.0.2.0/24, 2001:db8::/32. Nothing, and `error` (a sentence), for what is no network, or has
// bits behind its prefix.
std::optional<IpNetwork> ParseIpNetwork(std::string_view text, std::string& error);

// In a policy, an address alone is a network, too.
void ReadValue(const YamlNode& node, IpNetwork& value, YamlContext& context);
Shape ShapeOf(const IpNetwork*);

}  // namespace tidewaiter
