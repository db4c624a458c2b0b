#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/diagnostic.h"
#include "webhook/base/fields.h"
#include "webhook/checks/registry.h"
#include "webhook/policy/detection.h"
#include "webhook/policy/document.h"
#include "webhook/policy/exception.h"
#include "webhook/policy/match.h"

namespace tidewaiter {

// What follows from a violation, from the weakest to the strongest.
enum class EnforcementAction { kAllow, kAudit, kWarn, kDeny };

std::string_view ActionName(EnforcementAction action);  // "deny"
// Those that a policy may have.
Words<EnforcementAction> WordsOf(EnforcementAction);

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
  std::optional<Detection> detection;

  EnforcementAction ActionIn(std::string_view name_space) const;
};
const std::vector<Field<Policy>>& FieldsOf(const Policy*);

// Reads a document of kind Policy and binds its check. What is wrong with it goes to the context:
// errors, and warnings for what can never match.
Policy ReadPolicy(const Document& document, std::span<const CheckKind> checks,
                  const References& references, YamlContext& context);

// Warns of a policy that can never match, and of entries that never count (reach.cc).
void WarnOfUnreachable(const YamlNode& spec, const Policy& policy, YamlContext& context);

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

// What is in force together. Immutable once loaded; shared between threads.
struct PolicySet {
  std::vector<Policy> policies;
  std::vector<PolicyException> exceptions;
  References references;    // the lists that checks were bound with
  PolicyRevision revision;  // of the files that it was loaded from
};

}  // namespace tidewaiter
