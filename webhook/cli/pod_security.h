#pragma once

#include <memory>
#include <string>
#include <vector>

#include "webhook/policy/policy.h"

namespace tidewaiter {

// The policies that `--pod-security LEVEL:VERSION` means, and no others: one that demands the level
// of the Pod Security Standards; none for the level `privileged`, which allows everything. Null for
// a text that says neither; `error` then tells what is wrong.
std::shared_ptr<const PolicySet> PodSecurityPolicies(const std::string& text,
                                                     const std::vector<CheckKind>& checks,
                                                     std::string& error);

}  // namespace tidewaiter
