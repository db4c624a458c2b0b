#pragma once

#include <memory>
#include <string>
#include <vector>

#include "webhook/checks/registry.h"
#include "webhook/policy/policy_origin.h"

namespace CLI {
class App;
}

namespace tidewaiter {

// The flags --policies and --profile, which several commands have.
struct PolicySource : PolicyOrigin {
  void AddFlags(CLI::App& app);
  // The policies that the flags mean; null if they have mistakes.
  std::shared_ptr<const PolicySet> Read(const std::vector<CheckKind>& checks,
                                        Diagnostics& diagnostics) const;
  // The same, with all diagnostics on standard error.
  std::shared_ptr<const PolicySet> Load(const std::vector<CheckKind>& checks) const;
};

}  // namespace tidewaiter
