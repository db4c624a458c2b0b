#include "webhook/checks/network_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace tidewaiter {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Of a name, of an address of either version, or of a port behind it.
bool IsOfHost(char c) {
  return IsLetter(c) || IsDigit(c) || c == '.' || c == '-' || c == '_' || c == ':';
}
bool IsOfBase64(char c) {
  return IsLetter(c) || IsDigit(c) || c == '+' || c == '/' || c == '-' || c == '_';
}
bool EndsUrl(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '`' || c == '<' ||
         c == '>' || c == '|' || c == ';' || c == ')' || c == '\\';
}

std::string Lowered(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  return lower;
}

std::optional<std::uint32_t> ParsePart(std::string_view part) {
  int base = 10;
  if (part.size() > 2 && part[0] == '0' && (part[1] == 'x' || part[1] == 'X')) {
    base = 16;
    part.remove_prefix(2);
  } else if (part.size() > 1 && part[0] == '0') {
    base = 8;
  }
  std::uint32_t value = 0;
  const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), value, base);
  if (part.empty() || code != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return value;
}

// One run of characters that names and addresses have.
void VisitRun(std::string_view text, std::size_t begin, std::size_t end, bool in_url,
              const NetworkTextVisitor& visitor) {
  const std::string_view run = text.substr(begin, end - begin);
  const bool may_be_ipv6 = std::count(run.begin(), run.end(), ':') >= 2;
  if (may_be_ipv6) {
    if (const std::optional<IpAddress> address = ParseIpAddress(run)) {
      return visitor.address(begin, *address);
    }
  }
  for (std::size_t at = 0; at < run.size();) {
    const std::size_t colon = std::min(run.find(':', at), run.size());
    std::string_view part = run.substr(at, colon - at);
    const std::size_t offset = begin + at;
    at = colon + 1;
    while (part.ends_with('.') || part.ends_with('-')) part.remove_suffix(1);
    const bool dotted = part.find('.') != std::string_view::npos;
    // A number alone is an address only where a host is expected.
    const bool number = !part.empty() && IsDigit(part.front()) && in_url && offset == begin;
    if (!dotted && !number) continue;
    if (IsDigit(part.front())) {
      if (const std::optional<IpAddress> address = ParseLooseIpv4(part)) {
        visitor.address(offset, *address);
        continue;
      }
    }
    if (dotted) visitor.name(offset, Lowered(part));
  }
}

void VisitUrl(std::string_view text, std::size_t scheme_end, const NetworkTextVisitor& visitor) {
  std::size_t begin = scheme_end;
  while (begin > 0 &&
         (IsLetter(text[begin - 1]) || IsDigit(text[begin - 1]) || text[begin - 1] == '+')) {
    --begin;
  }
  constexpr std::size_t kLongestUrl = 4096;
  std::size_t end = scheme_end;
  while (end < text.size() && end - begin < kLongestUrl && !EndsUrl(text[end])) ++end;
  if (begin < scheme_end) visitor.url(begin, NormalUrl(text.substr(begin, end - begin)));
}

void VisitBase64(std::string_view text, const NetworkTextVisitor& visitor) {
  for (std::size_t at = 0; at < text.size();) {
    if (!IsOfBase64(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && IsOfBase64(text[end])) ++end;
    if (auto decoded = DecodedBase64(text.substr(at, end - at))) {
      visitor.decoded(at, std::move(*decoded));
    }
    at = end;
  }
}

}  // namespace

std::optional<IpAddress> ParseLooseIpv4(std::string_view text) {
  std::array<std::uint32_t, 4> parts{};
  std::size_t count = 0;
  while (true) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::optional<std::uint32_t> part = ParsePart(text.substr(0, dot));
    if (!part || count == parts.size()) return std::nullopt;
    parts[count++] = *part;
    if (dot == text.size()) break;
    text.remove_prefix(dot + 1);
  }
  std::uint32_t value = parts[count - 1];
  const std::size_t left = 5 - count;  // bytes that the last part fills
  if (left < 4 && value >> (8 * left) != 0) return std::nullopt;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (parts[i] > 255) return std::nullopt;
    value |= parts[i] << (24 - 8 * i);
  }
  IpAddress address;
  address.bits = 32;
  for (std::size_t i = 0; i < 4; ++i) {
    address.bytes[i] = static_cast<unsigned char>(value >> (24 - 8 * i));
  }
  return address;
}

std::string NormalUrl(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::string_view rest = url.substr(scheme + 3);
  std::string_view host = rest.substr(0, rest.find_first_of("/?#"));
  const std::string_view path = rest.substr(host.size());
  const std::size_t at = host.rfind('@');
  if (at != std::string_view::npos) host.remove_prefix(at + 1);
  return Lowered(url.substr(0, scheme)) + "://" + Lowered(host) + std::string(path);
}

std::optional<std::string> DecodedBase64(std::string_view token) {
  constexpr std::size_t kShortest = 24;
  if (token.size() < kShortest) return std::nullopt;
  std::string bytes;
  bytes.reserve(token.size() * 3 / 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : token) {
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z')
      value = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      value = static_cast<std::uint32_t>(c - 'a') + 26;
    else if (IsDigit(c))
      value = static_cast<std::uint32_t>(c - '0') + 52;
    else if (c == '+' || c == '-')
      value = 62;
    else if (c == '/' || c == '_')
      value = 63;
    else
      return std::nullopt;
    buffer = (buffer << 6 | value) & 0xffffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const char byte = static_cast<char>(buffer >> bits & 0xff);
    if (byte != '\0') bytes += byte;
  }
  return bytes;
}

void VisitNetworkText(std::string_view text, const NetworkTextVisitor& visitor) {
  for (std::size_t at = 0; at < text.size();) {
    if (!IsOfHost(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && IsOfHost(text[end])) ++end;
    const bool in_url = at >= 3 && text.substr(at - 3, 3) == "://";
    const bool behind_user = at >= 1 && text[at - 1] == '@';
    VisitRun(text, at, end, in_url || behind_user, visitor);
    at = end;
  }
  for (std::size_t at = text.find("://"); at != std::string_view::npos;
       at = text.find("://", at + 3)) {
    VisitUrl(text, at, visitor);
  }
  if (visitor.decoded) VisitBase64(text, visitor);
}

}  // namespace tidewaiter
