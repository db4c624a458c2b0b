#include "webhook/checks/capability.h"

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"

namespace tidewaiter {

std::string NormalCapability(std::string_view written) {
  std::string name(written);
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name.starts_with("CAP_") ? name.substr(4) : name;
}

void ReadValue(const YamlNode& node, Capability& value, YamlContext& context) {
  std::string text;
  const std::size_t errors = context.errors();
  ReadValue(node, text, context);
  if (context.errors() != errors) return;
  const bool is_name = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || c == '_';
  });
  if (!is_name || NormalCapability(text) != text) {
    return context.Error(node, fmt::format("{} is no capability, as in SYS_ADMIN: in upper case, "
                                           "without CAP_",
                                           Quote(text, 64)));
  }
  value.name = text;
}

Shape ShapeOf(const Capability*) { return ShapeOfKind(Shape::Kind::kText); }

}  // namespace tidewaiter
