#include "webhook/cli/policy_source.h"

#include <fmt/core.h>

#include <CLI/App.hpp>
#include <utility>

#include "webhook/base/text.h"
#include "webhook/policy/loader.h"
#include "webhook/policy/profile.h"

namespace tidewaiter {

void PolicySource::AddFlags(CLI::App& app) {
  app.add_option("--policies", paths, "Policy file or folder (repeatable)")
      ->type_name("PATH")
      ->envname("TIDEWAITER_POLICIES");
  app.add_option("--profile", profile,
                 "Policies that are compiled in (default: \"default\", unless --policies is given)")
      ->type_name("NAME")
      ->envname("TIDEWAITER_PROFILE");
}

std::shared_ptr<const PolicySet> PolicySource::Load(const std::vector<CheckKind>& checks) const {
  std::vector<SourceFile> files;
  Diagnostics diagnostics;
  const std::string name = profile.empty() && paths.empty() ? "default" : profile;
  if (!name.empty()) {
    std::optional<std::vector<SourceFile>> embedded = ProfileFiles(name);
    if (!embedded) {
      fmt::print(stderr, "tidewaiter: unknown profile {}{}\n", Quote(name, 64),
                 DidYouMean(name, ProfileNames()));
      return nullptr;
    }
    files = std::move(*embedded);
  }
  std::optional<std::vector<SourceFile>> read = ReadPolicyFiles(paths, diagnostics);
  std::optional<PolicySet> policies;
  if (read) {
    for (SourceFile& file : *read) files.push_back(std::move(file));
    policies = ParsePolicies(files, checks, diagnostics);
  }
  fmt::print(stderr, "{}", diagnostics.Render());
  return policies ? std::make_shared<const PolicySet>(std::move(*policies)) : nullptr;
}

}  // namespace tidewaiter
