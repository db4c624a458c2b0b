#pragma once

#include <string>
#include <string_view>

#include "webhook/checks/references.h"

namespace tidewaiter {

// What is wrong with the value of an indicator, as a sentence; empty if it is well formed.
std::string FaultOf(IndicatorType type, std::string_view value);

}  // namespace tidewaiter
