#include "webhook/base/digest.h"

#include <openssl/sha.h>

#include <array>

#include "webhook/base/text.h"

namespace tidewaiter {

std::string Sha256Hex(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return Hex(digest);
}

}  // namespace tidewaiter
