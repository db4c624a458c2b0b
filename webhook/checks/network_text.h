#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "webhook/base/ip_network.h"

// Names and addresses in the text of a command.
namespace tidewaiter {

// An IPv4 address as inet_aton and browsers read it: one to four parts, each decimal, octal (0306)
// or hexadecimal (0xc6), the last of which fills what is left. 3325256711 and 0xc6.51.100.7 are
// 198.51.100.7.
std::optional<IpAddress> ParseLooseIpv4(std::string_view text);

// A URL with scheme and host in lower case and without user and password.
std::string NormalUrl(std::string_view url);

// The bytes of a token of base64 of at least 24 characters, of either alphabet, without the NULs
// that UTF-16 puts between letters; nothing for what is none.
std::optional<std::string> DecodedBase64(std::string_view token);

// What is found in a text: in one pass, each thing where it begins.
struct NetworkTextVisitor {
  std::function<void(std::size_t, const IpAddress&)> address;
  std::function<void(std::size_t, std::string_view)> name;  // in lower case, with a dot in it
  std::function<void(std::size_t, std::string_view)> url;   // as NormalUrl has it
  std::function<void(std::size_t, std::string)> decoded;    // of base64; null: nothing is decoded
};
void VisitNetworkText(std::string_view text, const NetworkTextVisitor& visitor);

}  // namespace tidewaiter
