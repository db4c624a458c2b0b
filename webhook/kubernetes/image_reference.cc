#include "webhook/kubernetes/image_reference.h"

#include <algorithm>
#include <cstddef>

namespace tidewaiter {
namespace {

constexpr std::string_view kDefaultRegistry = "docker.io";
constexpr std::string_view kDefaultRegistryAlias = "index.docker.io";
constexpr std::string_view kOfficialPrefix = "library/";
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kLongestTag = 128;
constexpr std::size_t kLongestReference = 1024;
constexpr std::size_t kImageIdLength = 64;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsHost(char c) { return IsDigit(c) || IsLower(c) || IsUpper(c); }
bool IsLowerHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }
bool IsHex(char c) { return IsLowerHex(c) || (c >= 'A' && c <= 'F'); }

bool AllOf(std::string_view text, bool (*is)(char)) {
  return std::all_of(text.begin(), text.end(), is);
}

// Labels of letters, digits and inner hyphens joined by dots, or an IPv6 address in brackets; then
// perhaps a port.
bool IsRegistry(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    if (close == std::string_view::npos || close < 2) return false;
    const auto is_v6 = [](char c) { return IsHex(c) || c == ':'; };
    if (!AllOf(host.substr(1, close - 1), is_v6)) return false;
    host.remove_prefix(close + 1);
    return host.empty() || (host[0] == ':' && host.size() > 1 && AllOf(host.substr(1), IsDigit));
  }
  if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || !AllOf(port, IsDigit)) return false;
    host = host.substr(0, colon);
  }
  bool label_start = true;
  char previous = '.';
  for (const char c : host) {
    if (c == '.') {
      if (label_start || previous == '-') return false;
      label_start = true;
    } else if (IsHost(c) || (c == '-' && !label_start)) {
      label_start = false;
    } else {
      return false;
    }
    previous = c;
  }
  return !label_start && previous != '-';
}

// [a-z0-9]+ ( ( "." | "_" | "__" | "-"+ ) [a-z0-9]+ )*
bool IsPathComponent(std::string_view component) {
  std::size_t i = 0;
  const auto is_word = [](char c) { return IsDigit(c) || IsLower(c); };
  while (true) {
    const std::size_t word = i;
    while (i < component.size() && is_word(component[i])) ++i;
    if (i == word) return false;
    if (i == component.size()) return true;
    const char separator = component[i];
    const std::size_t start = i;
    while (i < component.size() && component[i] == separator) ++i;
    const std::size_t length = i - start;
    if (separator == '.' ? length != 1 : separator == '_' ? length > 2 : separator != '-') {
      return false;
    }
  }
}

bool IsRepository(std::string_view path) {
  while (true) {
    const std::size_t slash = path.find('/');
    if (!IsPathComponent(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool IsTag(std::string_view tag) {
  const auto is_tag = [](char c) { return IsHost(c) || c == '_' || c == '.' || c == '-'; };
  return !tag.empty() && tag.size() <= kLongestTag && tag[0] != '.' && tag[0] != '-' &&
         AllOf(tag, is_tag);
}

bool IsDigest(std::string_view digest) {
  const std::size_t colon = digest.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view algorithm = digest.substr(0, colon);
  const std::string_view hex = digest.substr(colon + 1);
  const std::size_t length = algorithm == "sha256" ? 64 : algorithm == "sha512" ? 128 : 0;
  return length != 0 && hex.size() == length && AllOf(hex, IsLowerHex);
}

// The first part of a name is a registry only if it cannot be a path component: it has a dot, a
// colon or an upper-case letter, or is "localhost".
bool LooksLikeRegistry(std::string_view part) {
  return part == "localhost" || part.find_first_of(".:") != std::string_view::npos ||
         std::any_of(part.begin(), part.end(), IsUpper);
}

}  // namespace

bool ImageReference::MayBeLocalId() const {
  return repository == "library/sha256" && tag.size() == kImageIdLength;
}

std::string ImageReference::ToString() const {
  std::string text = registry + "/" + repository;
  if (!tag.empty()) text += ":" + tag;
  if (!digest.empty()) text += "@" + digest;
  return text;
}

std::optional<ImageReference> ParseImageReference(std::string_view text, std::string& error) {
  const auto fail = [&](std::string_view why) {
    error = why;
    return std::nullopt;
  };
  if (text.empty()) return fail("empty");
  if (text.size() > kLongestReference) return fail("longer than any image reference");
  if (text.size() == kImageIdLength && AllOf(text, IsLowerHex)) {
    return fail("64 hex digits name an image by its local ID, not by registry and repository");
  }

  ImageReference reference;
  std::string_view rest = text;
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos && LooksLikeRegistry(rest.substr(0, slash))) {
    reference.registry = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
    if (!IsRegistry(reference.registry)) return fail("malformed registry host");
    if (reference.registry == kDefaultRegistryAlias) reference.registry = kDefaultRegistry;
  } else {
    reference.registry = kDefaultRegistry;
  }

  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    reference.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (!IsDigest(reference.digest)) {
      return fail("malformed digest; right is sha256:<64 hex digits> or sha512:<128 hex digits>");
    }
  }
  // A colon in the last component starts the tag; one before it belongs nowhere.
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (!IsTag(reference.tag)) return fail("malformed tag");
  }
  if (reference.registry == kDefaultRegistry && rest.find('/') == std::string_view::npos) {
    reference.repository = kOfficialPrefix;
  }
  reference.repository += rest;
  if (std::any_of(rest.begin(), rest.end(), IsUpper)) {
    return fail("repository name must be lower case");
  }
  if (!IsRepository(reference.repository)) return fail("malformed repository name");
  if (reference.repository.size() > kLongestName) return fail("repository name too long");
  if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
  return reference;
}

}  // namespace tidewaiter
