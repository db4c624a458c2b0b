#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/diagnostic.h"
#include "webhook/base/fields.h"
#include "webhook/base/pattern.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {

// What follows from a violation, from the weakest to the strongest.
enum class EnforcementAction { kAllow, kAudit, kWarn, kDeny };
enum class Severity { kInfo, kLow, kMedium, kHigh, kCritical };

std::string_view ActionName(EnforcementAction action);  // "deny"
std::string_view SeverityName(Severity severity);       // "high"

// Which requests a policy looks at. Every list that is not empty must hold; in a list any entry may.
// There is no match by label: who writes the object must not be able to step out.
struct Match {
  std::vector<Operation> operations;
  std::vector<std::string> kinds;  // not looked at for CONNECT
  std::vector<Glob> namespaces;
  std::vector<WholeName> exclude_namespaces;
  std::vector<Glob> names;
  std::vector<Glob> users;
  std::vector<WholeName> exclude_users;
  std::vector<Glob> groups;
  std::vector<WholeName> exclude_groups;
  std::vector<std::string> resources;  // "pods", "pods/exec"
};

bool Matches(const Match& match, const AdmissionRequest& request);

// Another action in some namespaces, so that a policy can be rolled out team by team.
struct NamespaceAction {
  std::vector<Glob> namespaces;
  EnforcementAction action = EnforcementAction::kAudit;
};

struct Policy {
  std::string name;  // a DNS label, unique in its set
  SourceLocation location;
  std::string check_id;
  std::string fix;  // the check's advice to the author of the object
  Check check;
  EnforcementAction action = EnforcementAction::kDeny;
  std::vector<NamespaceAction> actions;  // the first that matches replaces `action`
  Severity severity = Severity::kMedium;
  Match match;
  // Whether an UPDATE is also refused for what the old object already had.
  bool always_on_update = false;
  std::string contact;  // where a person who is refused can ask

  EnforcementAction ActionIn(std::string_view name_space) const;
};

// Which policies they are, so that a decision can be explained long after they have changed.
struct PolicyRevision {
  // "sha256:<hex>" of the files: their names within the folders that were given, and their bytes.
  // The same files have the same digest wherever they lie.
  std::string digest;
  // The git commit of those folders, or what the operator said instead; several have a comma
  // between them. Empty if there is none.
  std::string commit;

  bool operator==(const PolicyRevision&) const = default;
};

// For people: "sha256:0123456789ab commit <commit>"; without a commit, the digest alone.
std::string FormatRevision(const PolicyRevision& revision);

// The policies that are in force together. Immutable once loaded; shared between threads.
struct PolicySet {
  std::vector<Policy> policies;
  PolicyRevision revision;  // of the files that it was loaded from
};

}  // namespace tidewaiter
