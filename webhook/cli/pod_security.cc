#include "webhook/cli/pod_security.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "webhook/base/text.h"
#include "webhook/checks/pod_security.h"
#include "webhook/policy/loader.h"

namespace tidewaiter {

std::shared_ptr<const PolicySet> PodSecurityPolicies(const std::string& text,
                                                     const std::vector<CheckKind>& checks,
                                                     std::string& error) {
  static const std::vector<std::string> kLevels = {"privileged", "baseline", "restricted"};
  const std::size_t colon = text.find(':');
  const std::string level = text.substr(0, colon);
  const std::string version = colon == std::string::npos ? "latest" : text.substr(colon + 1);
  if (std::find(kLevels.begin(), kLevels.end(), level) == kLevels.end()) {
    const std::string hint = DidYouMean(level, kLevels);
    error = fmt::format("unknown level {}{}", Quote(level, 64),
                        hint.empty() ? "; known: privileged, baseline, restricted" : hint);
    return nullptr;
  }
  const std::optional<PodSecurityVersion> parsed = ParsePodSecurityVersion(version);
  if (!parsed) {
    error =
        fmt::format("unknown version {}; expected latest, or a version of Kubernetes as in v1.25",
                    Quote(version, 64));
    return nullptr;
  }
  if (level == "privileged") return std::make_shared<const PolicySet>();
  const SourceFile file{"--pod-security", fmt::format("apiVersion: tidewaiter.io/v1alpha1\n"
                                                      "kind: Policy\n"
                                                      "metadata: {{name: pod-security}}\n"
                                                      "spec:\n"
                                                      "  check: podSecurity\n"
                                                      "  action: deny\n"
                                                      "  severity: high\n"
                                                      "  params: {{level: {}, version: {}}}\n",
                                                      level, ToString(*parsed))};
  Diagnostics diagnostics;
  std::optional<PolicySet> policies = ParsePolicies({&file, 1}, checks, diagnostics);
  error = diagnostics.Summary();
  return policies ? std::make_shared<const PolicySet>(std::move(*policies)) : nullptr;
}

}  // namespace tidewaiter
