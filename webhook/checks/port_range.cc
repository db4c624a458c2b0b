#include "webhook/checks/port_range.h"

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"

namespace tidewaiter {

bool AnyContains(const std::vector<PortRange>& ranges, std::int32_t port) {
  return std::any_of(ranges.begin(), ranges.end(), [port](const PortRange& range) {
    return port >= range.first && port <= range.last;
  });
}

void ReadValue(const YamlNode& node, PortRange& value, YamlContext& context) {
  const auto read = [&](const std::string& text, std::int32_t& port) {
    YamlNode part = node;
    part.plain = true;
    part.text = text;
    std::int64_t number = 0;
    if (!ReadInteger(part, 1, 65535, number, context)) return false;
    port = static_cast<std::int32_t>(number);
    return true;
  };
  const std::size_t hyphen = node.text.find('-', 1);
  const bool is_range = node.kind == YamlKind::kScalar && hyphen != std::string::npos;
  PortRange range;
  if (!read(is_range ? node.text.substr(0, hyphen) : node.text, range.first)) return;
  if (!is_range) {
    range.last = range.first;
  } else if (!read(node.text.substr(hyphen + 1), range.last)) {
    return;
  }
  if (range.last < range.first) {
    return context.Error(
        node, fmt::format("empty range {}: its end lies before its start", Quote(node.text, 64)));
  }
  value = range;
}

Shape ShapeOf(const PortRange*) {
  return OneOfShape({IntegerShape(1, 65535), TextShape("^[0-9]+(-[0-9]+)?$")});
}

}  // namespace tidewaiter
