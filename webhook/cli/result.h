#pragma once

#include <string>
#include <string_view>

namespace tidewaiter {

// Writes a command's result to a file, or to standard output if `file` is empty. A reader that has
// gone (`| head`) is no error. On failure `error` tells why.
bool WriteResult(std::string_view text, const std::string& file, std::string& error);

// Writes to standard error what there is to say beside the result. If that fails, nobody listens.
void WriteError(std::string_view text);

}  // namespace tidewaiter
