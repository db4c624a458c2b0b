#pragma once

#include <memory>
#include <string>
#include <vector>

#include "webhook/checks/registry.h"
#include "webhook/policy/policy.h"

namespace CLI {
class App;
}

namespace tidewaiter {

// The flags --policies and --profile, which several commands have.
struct PolicySource {
  std::vector<std::string> paths;
  std::string profile;

  void AddFlags(CLI::App& app);
  // The policies that the flags mean: with neither, the profile "default"; both add up. Null if they
  // have mistakes, which are then on standard error.
  std::shared_ptr<const PolicySet> Load(const std::vector<CheckKind>& checks) const;
};

}  // namespace tidewaiter
