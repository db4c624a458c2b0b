#pragma once

#include <cstdint>
#include <vector>

#include "webhook/base/fields.h"

namespace tidewaiter {

// Ports as a policy names them: 8080, or "30000-32767" with both ends.
struct PortRange {
  std::int32_t first = 0;
  std::int32_t last = 0;
};

bool AnyContains(const std::vector<PortRange>& ranges, std::int32_t port);

void ReadValue(const YamlNode& node, PortRange& value, YamlContext& context);
Shape ShapeOf(const PortRange*);

}  // namespace tidewaiter
