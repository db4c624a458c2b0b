#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "webhook/base/json.h"

// Two JSON values compared.
namespace tidewaiter {

// The value as JSON text, each object's members in the order of their keys: two values have the
// same text if and only if they are the same, their numbers written alike. Absent is null.
std::string CanonicalJson(JsonValue value);

// The paths at which two values differ, "containers[0].image", in the order of `after` and at most
// `most`. Of what only one of them has, only the uppermost path. Paths hold keys, never values.
std::vector<std::string> ChangedPaths(JsonValue before, JsonValue after, std::size_t most);

}  // namespace tidewaiter
