#pragma once

#include <optional>
#include <string>
#include <vector>

#include "webhook/policy/loader.h"

namespace tidewaiter {

// Where a set of policies comes from. With neither paths nor a profile it is the profile "default";
// both add up.
struct PolicyOrigin {
  std::vector<std::string> paths;  // files and folders
  std::string profile;             // one that is compiled in
  std::string commit;              // what the revision says in place of the git commit of the paths
};

// The files of an origin as they are at one moment, and which they are.
struct PolicyFiles {
  std::vector<SourceFile> files;
  PolicyRevision revision;
};

// Nothing, and errors, if the profile is unknown, a path cannot be read, or a folder has no policy.
std::optional<PolicyFiles> ReadPolicies(const PolicyOrigin& origin, Diagnostics& diagnostics);

// The set that the files are, with their revision. A set without any policy is an error: it would
// allow everything.
std::optional<PolicySet> ParsePolicies(const PolicyFiles& files, std::span<const CheckKind> checks,
                                       Diagnostics& diagnostics);

}  // namespace tidewaiter
