#include "webhook/checks/indicator_index.h"

#include <algorithm>

#include "webhook/checks/network_text.h"

namespace tidewaiter {
namespace {

// The bytes of a network and the length of its prefix.
std::string KeyOf(const IpAddress& address, std::size_t prefix) {
  std::string key(reinterpret_cast<const char*>(address.bytes.data()), address.bits / 8);
  for (std::size_t i = (prefix + 7) / 8; i < key.size(); ++i) key[i] = 0;
  if (prefix % 8 != 0) {
    const int mask = 0xff00 >> (prefix % 8);
    key[prefix / 8] = static_cast<char>(static_cast<unsigned char>(key[prefix / 8]) & mask);
  }
  key += static_cast<char>(prefix);
  return key;
}

// That of two which ends last; either may be null.
const Indicator* Later(const Indicator* a, const Indicator* b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  if (!a->expires || !b->expires) return a->expires ? b : a;
  return a->expires->end < b->expires->end ? b : a;
}

void Put(std::unordered_map<std::string, const Indicator*>& table, std::string key,
         const Indicator& indicator) {
  const Indicator*& place = table[std::move(key)];
  place = Later(place, &indicator);
}

std::string_view LastPart(std::string_view repository) {
  return repository.substr(repository.rfind('/') + 1);
}

// Whether `url` is below `prefix`, or it itself.
bool IsBelow(std::string_view url, std::string_view prefix) {
  if (!url.starts_with(prefix)) return false;
  const std::size_t host = prefix.find("://");
  const bool has_path =
      host != std::string_view::npos && prefix.find('/', host + 3) != std::string_view::npos;
  return has_path || url.size() == prefix.size() ||
         std::string_view("/:?#").find(url[prefix.size()]) != std::string_view::npos;
}

}  // namespace

IpAddress Unmapped(const IpAddress& address) {
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (address.bits != 128 || !std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
    return address;
  }
  IpAddress ipv4;
  ipv4.bits = 32;
  std::copy(address.bytes.begin() + 12, address.bytes.end(), ipv4.bytes.begin());
  return ipv4;
}

void IndicatorIndex::AddNetwork(const IpNetwork& network, const Indicator& indicator) {
  IpAddress address = Unmapped(network.address);
  std::size_t prefix = network.prefix;
  if (address.bits != network.address.bits) {
    if (prefix < 96) address = network.address;  // wider than all of IPv4
    if (prefix >= 96) prefix -= 96;
  }
  Put(networks_, KeyOf(address, prefix), indicator);
  prefixes_[address.bits == 32 ? 0 : 1].push_back(prefix);
}

void IndicatorIndex::AddImage(const Indicator& indicator) {
  std::string error;
  const std::optional<ImageReference> image = ParseImageReference(indicator.value, error);
  if (!image) return;
  const std::string repository = image->registry + "/" + image->repository;
  if (!image->digest.empty()) {
    Put(images_, "@" + image->digest, indicator);
  } else if (indicator.value.ends_with(":" + image->tag)) {
    Put(images_, repository + ":" + image->tag, indicator);
  } else if (indicator.value.find('/') == std::string::npos) {
    Put(images_, indicator.value, indicator);
  } else {
    Put(images_, repository, indicator);
  }
}

void IndicatorIndex::Add(const Indicator& indicator) {
  std::string error;
  switch (indicator.type) {
    case IndicatorType::kIp:
      if (const auto address = ParseIpAddress(indicator.value)) {
        AddNetwork({*address, address->bits}, indicator);
      }
      return;
    case IndicatorType::kCidr:
      if (const auto network = ParseIpNetwork(indicator.value, error)) {
        AddNetwork(*network, indicator);
      }
      return;
    case IndicatorType::kDomain:
      return Put(domains_, indicator.value, indicator);
    case IndicatorType::kUrl:
      urls_.emplace_back(NormalUrl(indicator.value), &indicator);
      return;
    case IndicatorType::kImage:
      return AddImage(indicator);
  }
}

void IndicatorIndex::Finish() {
  for (std::vector<std::size_t>& prefixes : prefixes_) {
    std::sort(prefixes.begin(), prefixes.end());
    prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  }
  std::sort(urls_.begin(), urls_.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < urls_.size(); ++i) {
    if (kept > 0 && urls_[kept - 1].first == urls_[i].first) {
      urls_[kept - 1].second = Later(urls_[kept - 1].second, urls_[i].second);
    } else if (kept++ != i) {
      urls_[kept - 1] = std::move(urls_[i]);
    }
  }
  urls_.resize(kept);
}

const Indicator* IndicatorIndex::FindAddress(const IpAddress& written) const {
  const IpAddress address = Unmapped(written);
  const Indicator* found = nullptr;
  for (const std::size_t prefix : prefixes_[address.bits == 32 ? 0 : 1]) {
    const auto at = networks_.find(KeyOf(address, prefix));
    if (at != networks_.end()) found = Later(found, at->second);
  }
  return found;
}

const Indicator* IndicatorIndex::FindDomain(std::string_view name) const {
  const Indicator* found = nullptr;
  if (domains_.empty() || name.size() > 253) return found;
  while (name.find('.') != std::string_view::npos) {
    const auto at = domains_.find(std::string(name));
    if (at != domains_.end()) found = Later(found, at->second);
    name.remove_prefix(name.find('.') + 1);
  }
  return found;
}

// Every URL that `url` begins with is, in the order of the list, at or before it, and a prefix also
// of whatever stands between: so each step back leaves what two neighbours have in common.
const Indicator* IndicatorIndex::FindUrl(std::string_view url) const {
  const Indicator* found = nullptr;
  std::string_view rest = url;
  while (!rest.empty()) {
    auto at = std::upper_bound(urls_.begin(), urls_.end(), rest,
                               [](std::string_view text, const auto& entry) {
                                 return text < std::string_view(entry.first);
                               });
    if (at == urls_.begin()) break;
    const std::string_view candidate = (--at)->first;
    const auto common = std::mismatch(candidate.begin(), candidate.end(), rest.begin(), rest.end());
    std::size_t length = static_cast<std::size_t>(common.first - candidate.begin());
    if (length == candidate.size()) {
      if (IsBelow(url, candidate)) found = Later(found, at->second);
      --length;
    }
    rest = rest.substr(0, length);
  }
  return found;
}

const Indicator* IndicatorIndex::FindImage(const ImageReference& image) const {
  const std::string repository = image.registry + "/" + image.repository;
  const Indicator* found = nullptr;
  for (const std::string& key : {"@" + image.digest, repository, repository + ":" + image.tag,
                                 std::string(LastPart(image.repository))}) {
    const auto at = images_.find(key);
    if (at != images_.end()) found = Later(found, at->second);
  }
  return found;
}

}  // namespace tidewaiter
