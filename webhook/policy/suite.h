#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "webhook/base/fields.h"
#include "webhook/policy/match.h"
#include "webhook/policy/policy.h"

// The kind Suite: tests for policies. Only the command that runs them reads it; a Suite in a folder
// of policies says nothing to a server.
namespace tidewaiter {

struct SourceFile;

// A Kubernetes object or a review: in a file, by its path from the Suite's own folder, or written
// out.
struct SuiteInput {
  std::string file;
  std::optional<YamlNode> written;
  SourceLocation location;
};

// The name of a policy or of an exception, and where it stands.
struct NameInSuite {
  std::string name;
  SourceLocation location;
};

struct ExpectedFinding {
  NameInSuite policy;
  std::optional<std::string> field;      // none: any
  std::optional<NameInSuite> exception;  // by which it is excused; none: it is not
};

struct Expectation {
  EnforcementAction action = EnforcementAction::kAllow;
  std::vector<ExpectedFinding> findings;  // exactly these
};

struct SuiteCase {
  std::string name;
  SourceLocation location;
  std::optional<SuiteInput> object;
  std::optional<SuiteInput> old_object;
  std::optional<SuiteInput> review;  // a recorded AdmissionReview, instead of all others
  // Where it is not written, what the objects are: a CREATE; with an old object too, an UPDATE;
  // with that alone, a DELETE. That of a review is in the review.
  std::optional<Operation> operation;
  std::string sub_resource;
  std::string name_space;
  std::string user;
  std::vector<std::string> groups;
  bool dry_run = false;
  Expectation expect;
};

struct Suite {
  std::string name;
  SourceLocation location;
  std::vector<NameInSuite> policies;            // empty: all
  std::optional<std::chrono::sys_seconds> now;  // a fixed clock
  std::vector<SuiteCase> cases;
};
const std::vector<Field<Suite>>& FieldsOf(const Suite*);

// The Suites of these files, or nothing, with every mistake in them in the diagnostics, but for
// those that are there already: ParsePolicies reads the same documents. Documents of other kinds,
// and of other APIs, are passed over.
std::optional<std::vector<Suite>> ParseSuites(std::span<const SourceFile> files,
                                              Diagnostics& diagnostics);

// Tells of each name in the suites that no policy or exception of the set has, and of each finding
// that is expected of a policy which its suite does not try.
void CheckNames(std::span<const Suite> suites, const PolicySet& policies, Diagnostics& diagnostics);

}  // namespace tidewaiter
