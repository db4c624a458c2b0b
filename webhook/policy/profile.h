#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/policy/loader.h"

namespace tidewaiter {

// The policies of policies/<name>/ that are compiled into the binary, with the names that they have
// in the repository. Nothing for a name that is no profile.
std::optional<std::vector<SourceFile>> ProfileFiles(std::string_view name);

std::vector<std::string> ProfileNames();

}  // namespace tidewaiter
