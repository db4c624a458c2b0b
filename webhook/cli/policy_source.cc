#include "webhook/cli/policy_source.h"

#include <fmt/core.h>

#include <CLI/App.hpp>
#include <chrono>
#include <utility>

#include "webhook/policy/lint.h"

namespace tidewaiter {

void PolicySource::AddFlags(CLI::App& app) {
  app.add_option("--policies", paths, "Policy file or folder (repeatable)")
      ->type_name("PATH")
      ->allow_extra_args(false)
      ->envname("TIDEWAITER_POLICIES");
  app.add_option("--profile", profile,
                 "Policies that are compiled in (default: \"default\", unless --policies is given)")
      ->type_name("NAME")
      ->envname("TIDEWAITER_PROFILE");
}

std::shared_ptr<const PolicySet> PolicySource::Read(const std::vector<CheckKind>& checks,
                                                    Diagnostics& diagnostics) const {
  const std::optional<PolicyFiles> files = ReadPolicies(*this, diagnostics);
  std::optional<PolicySet> policies;
  if (files) policies = ParsePolicies(*files, checks, diagnostics);
  if (policies) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    LintPolicies(*policies, now, DiagnosticSeverity::kWarning, diagnostics);
  }
  return policies ? std::make_shared<const PolicySet>(std::move(*policies)) : nullptr;
}

std::shared_ptr<const PolicySet> PolicySource::Load(const std::vector<CheckKind>& checks) const {
  Diagnostics diagnostics;
  std::shared_ptr<const PolicySet> policies = Read(checks, diagnostics);
  fmt::print(stderr, "{}", diagnostics.Render());
  return policies;
}

}  // namespace tidewaiter
