#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/fields.h"

// What the parameters of a check can name: lists that stand in files of their own.
namespace tidewaiter {

enum class IndicatorType { kIp, kCidr, kDomain, kUrl, kImage };
Words<IndicatorType> WordsOf(IndicatorType);

// One thing that is known to be bad. The value is well formed for its type:
//   ip      192.0.2.7, 2001:db8::7
//   cidr    192.0.2.0/24, without bits behind the prefix
//   domain  c2.example.test, in lower case; it means all names below it, too
//   url     http://c2.example.test/stage2, with a scheme and a host
//   image   an image reference: docker.io/acme/miner, ...@sha256:...
struct Indicator {
  IndicatorType type = IndicatorType::kIp;
  std::string value;
  std::string source;  // who says so
  Bounded<0, 100> confidence;
  std::optional<Expiry> expires;  // from then on it counts no more
};

struct IndicatorList {
  std::string name;
  SourceLocation location;
  std::vector<Indicator> indicators;
};

struct References {
  std::vector<std::shared_ptr<const IndicatorList>> lists;

  // The list of that name, which a check keeps by sharing it; null if there is none.
  std::shared_ptr<const IndicatorList> FindList(std::string_view name) const;
  std::vector<std::string> ListNames() const;
};

}  // namespace tidewaiter
