#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "webhook/base/diagnostic.h"
#include "webhook/policy/policy.h"

namespace tidewaiter {

struct SourceFile {
  std::string name;  // for people
  std::string text;
  std::string key = "";  // its name within the folder that was given, for the digest; empty: `name`
  bool is_text = false;  // lines that an IndicatorList names, no YAML
};

// What names the files and their bytes: "sha256:<hex>".
std::string DigestOf(std::span<const SourceFile> files);

// The second door: YAML documents of tidewaiter.io/v1alpha1 become a set of policies, exceptions
// and lists, or nothing, with every mistake of every file in the diagnostics. `checks` are the
// checks that a policy may name. Suites are passed over. What is wrong is an error if it can be
// told from the files alone; what is right but probably not meant is a warning; what only time
// makes wrong is told by LintPolicies.
std::optional<PolicySet> ParsePolicies(std::span<const SourceFile> files,
                                       std::span<const CheckKind> checks, Diagnostics& diagnostics);

// Reads the files that `paths` mean: YAML files, and folders of them, searched recursively but for
// folders named `testdata`; and the text files that these name. Files that cannot be read are
// errors.
std::optional<std::vector<SourceFile>> ReadPolicyFiles(const std::vector<std::string>& paths,
                                                       Diagnostics& diagnostics);

}  // namespace tidewaiter
