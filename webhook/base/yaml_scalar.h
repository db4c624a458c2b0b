#pragma once

#include <string>
#include <string_view>

#include "webhook/base/json.h"

namespace tidewaiter {

// Writes what a scalar of a manifest means to kubectl, whose reader is go-yaml 2 (YAML 1.1): a
// plain scalar may be a boolean (also yes, no, on, off, y, n), an integer (decimal, 0 or 0o octal,
// 0x, 0b, with _ between digits) or a decimal fraction; everything else, and everything in quotes,
// is a string.
void WriteYaml11Scalar(std::string_view text, bool plain, JsonWriter& writer);

// What a plain key of a manifest becomes in JSON, whose keys are text: "on" is "true", "010" is
// "8".
std::string Yaml11Key(std::string_view text);

}  // namespace tidewaiter
