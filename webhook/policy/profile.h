#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/policy/loader.h"

namespace tidewaiter {

// The policies of the profile that are compiled into the binary, with the names that their files
// have in the repository. `default` is policies/default/; `baseline` and `restricted` are the
// levels of the Pod Security Standards on top of it, each with its folder and those of the weaker
// ones, but for files whose name a stricter folder has, too. Nothing for a name that is no profile.
std::optional<std::vector<SourceFile>> ProfileFiles(std::string_view name);

std::vector<std::string> ProfileNames();

}  // namespace tidewaiter
