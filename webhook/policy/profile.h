#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/policy/loader.h"

namespace tidewaiter {

// The policies of the profile that are compiled into the binary, with the names that their files
// have in the repository. `default` is policies/default/; `detections` adds what costs more, and
// `baseline` and `restricted` add the levels of the Pod Security Standards. Each has its folder and
// those of the profiles before it, but for files whose name it has itself. Nothing for a name that
// is no profile.
std::optional<std::vector<SourceFile>> ProfileFiles(std::string_view name);

std::vector<std::string> ProfileNames();

}  // namespace tidewaiter
