#include "webhook/policy/indicator_value.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "webhook/base/ip_network.h"
#include "webhook/base/text.h"
#include "webhook/kubernetes/image_reference.h"

namespace tidewaiter {
namespace {

std::string FaultOfIp(std::string_view value) {
  if (ParseIpAddress(value)) return "";
  return fmt::format("{} is no IP address, as in 192.0.2.7 or 2001:db8::7", Quote(value, 128));
}

std::string FaultOfCidr(std::string_view value) {
  std::string error;
  ParseIpNetwork(value, error);
  return error;
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
  if (ParseIpAddress(value)) return fmt::format("{} is an address, of type ip", Quote(value, 128));
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
