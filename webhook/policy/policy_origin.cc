#include "webhook/policy/policy_origin.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "webhook/base/git_commit.h"
#include "webhook/base/text.h"
#include "webhook/policy/profile.h"

namespace tidewaiter {
namespace {

// The commits of the paths, each once, in the order of the paths.
std::string CommitsOf(const std::vector<std::string>& paths) {
  std::vector<std::string> commits;
  for (const std::string& path : paths) {
    const std::optional<GitCheckout> checkout = FindGitCheckout(path);
    if (!checkout || std::find(commits.begin(), commits.end(), checkout->commit) != commits.end()) {
      continue;
    }
    commits.push_back(checkout->commit);
  }
  std::string text;
  for (const std::string& commit : commits) text += (text.empty() ? "" : ",") + commit;
  return text;
}

}  // namespace

std::optional<PolicyFiles> ReadPolicies(const PolicyOrigin& origin, Diagnostics& diagnostics) {
  PolicyFiles files;
  const std::string profile =
      origin.profile.empty() && origin.paths.empty() ? "default" : origin.profile;
  if (!profile.empty()) {
    std::optional<std::vector<SourceFile>> embedded = ProfileFiles(profile);
    if (!embedded) {
      diagnostics.Error({}, fmt::format("unknown profile {}{}", Quote(profile, 64),
                                        DidYouMean(profile, ProfileNames())));
      return std::nullopt;
    }
    files.files = std::move(*embedded);
  }
  std::optional<std::vector<SourceFile>> read = ReadPolicyFiles(origin.paths, diagnostics);
  if (!read) return std::nullopt;
  std::move(read->begin(), read->end(), std::back_inserter(files.files));
  files.revision.digest = DigestOf(files.files);
  files.revision.commit = origin.commit.empty() ? CommitsOf(origin.paths) : origin.commit;
  return files;
}

std::optional<PolicySet> ParsePolicies(const PolicyFiles& files, std::span<const CheckKind> checks,
                                       Diagnostics& diagnostics) {
  std::optional<PolicySet> policies = ParsePolicies(files.files, checks, diagnostics);
  if (!policies) return std::nullopt;
  policies->revision = files.revision;
  if (!policies->policies.empty()) return policies;
  diagnostics.Error({}, "there is no policy in these files");
  return std::nullopt;
}

}  // namespace tidewaiter
