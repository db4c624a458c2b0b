#pragma once

#include <string>
#include <string_view>

namespace tidewaiter {

// SHA-256 (FIPS 180-4) as 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);

// Base64 (RFC 4648, section 4) on one line, padded.
std::string Base64(std::string_view bytes);

}  // namespace tidewaiter
