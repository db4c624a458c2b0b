#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "webhook/base/ip_network.h"
#include "webhook/checks/references.h"
#include "webhook/kubernetes/image_reference.h"

namespace tidewaiter {

// The IPv4 address of one that is written as IPv6 (::ffff:192.0.2.7); any other as it is.
IpAddress Unmapped(const IpAddress& address);

// The indicators of lists, so that looking for one takes the same time however many there are: a
// few lookups in hash tables, and one way down a sorted list for URLs. Immutable once made.
//
// Of several that match, that is found which ends last.
class IndicatorIndex {
 public:
  // Takes the indicators that `wanted` is true for, and keeps the lists they stand in.
  template <class Wanted>
  void Add(std::shared_ptr<const IndicatorList> list, const Wanted& wanted) {
    for (const Indicator& indicator : list->indicators) {
      if (wanted(indicator)) Add(indicator);
    }
    lists_.push_back(std::move(list));
  }
  // To be called once all are added.
  void Finish();

  bool HasNetwork() const { return !networks_.empty() || !domains_.empty() || !urls_.empty(); }
  bool HasImages() const { return !images_.empty(); }

  // By the address itself and by every network that contains it.
  const Indicator* FindAddress(const IpAddress& address) const;
  // By the name, in lower case, and every domain above it.
  const Indicator* FindDomain(std::string_view name) const;
  // By every URL that it begins with, scheme and host in lower case. A URL without a path is one of
  // the whole host, not of a longer name.
  const Indicator* FindUrl(std::string_view url) const;
  // By digest, repository, repository and tag, or, for a value that is one word, the last part of
  // the repository.
  const Indicator* FindImage(const ImageReference& image) const;

 private:
  using Table = std::unordered_map<std::string, const Indicator*>;
  void Add(const Indicator& indicator);
  void AddNetwork(const IpNetwork& network, const Indicator& indicator);
  void AddImage(const Indicator& indicator);

  std::vector<std::shared_ptr<const IndicatorList>> lists_;
  Table networks_;                        // by KeyOf
  std::vector<std::size_t> prefixes_[2];  // those that occur, of IPv4 and of IPv6
  Table domains_;
  Table images_;
  std::vector<std::pair<std::string, const Indicator*>> urls_;  // sorted
};

}  // namespace tidewaiter
