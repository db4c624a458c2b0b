// isolationRemoved: what isolates a pod is taken away (MITRE ATT&CK T1686 Disable or Modify System
// Firewall; T1562 before version 18).
//
// Fields   spec of NetworkPolicies, old and new; metadata.labels of pods, old and new
// Allowed  `responders` (whole names of users or groups); of pods, nodes and the cluster's own
//          controllers; policies that come or go as long as the
//          quarantine label stays; with `networkPolicies: quarantine` (default) only policies that
//          select by `quarantineLabel` are looked at, with `all` every one
//
// A change widens a policy if it selects other pods, no longer closes a direction, or has a rule
// that the old one did not have in the same words: rules only ever let more through. A narrower
// rule in place of a wider one is told, too.
//
// What admission cannot see: policies of a network plugin's own kinds, connections that are open
// already, and another policy that lets the same traffic through.

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

enum class Scope { kQuarantine, kAll };

Words<Scope> WordsOf(Scope) {
  static constexpr Word<Scope> kWords[] = {{"quarantine", Scope::kQuarantine},
                                           {"all", Scope::kAll}};
  return {"value", kWords};
}

struct Params {
  WholeName quarantine_label = {"quarantine"};
  std::vector<WholeName> responders;
  Scope network_policies = Scope::kQuarantine;
};

bool IsResponder(const UserInfo& user, const Params& params) {
  return std::any_of(
      params.responders.begin(), params.responders.end(),
      [&](const WholeName& name) { return name.name == user.username || user.IsIn(name.name); });
}

bool IsLookedAt(const NetworkPolicy& policy, const Params& params) {
  const std::vector<std::string_view>& keys = policy.selected_keys;
  return params.network_policies == Scope::kAll ||
         std::find(keys.begin(), keys.end(), params.quarantine_label.name) != keys.end();
}

// Whether `now` has a rule that `before` has not.
bool HasNewRule(const std::vector<std::string>& before, const std::vector<std::string>& now) {
  const std::set<std::string_view> old(before.begin(), before.end());
  return std::any_of(now.begin(), now.end(),
                     [&](const std::string& rule) { return !old.contains(rule); });
}

void CompareDirection(std::string_view direction, bool closed, bool closes,
                      const std::vector<std::string>& before, const std::vector<std::string>& now,
                      std::vector<Violation>& violations) {
  if (!closed) return;
  if (!closes) {
    violations.push_back({"spec.policyTypes", "", std::string(direction),
                          fmt::format("the policy no longer closes {}", direction)});
  } else if (HasNewRule(before, now)) {
    violations.push_back(
        {fmt::format("spec.{}", direction), "", std::string(direction),
         fmt::format("the policy has a new rule that lets {} through", direction)});
  }
}

void CheckPolicy(const AdmissionRequest& request, const Params& params,
                 std::vector<Violation>& violations) {
  const NetworkPolicy& before = *request.old_object->network_policy;
  if (!IsLookedAt(before, params)) return;
  if (request.operation == Operation::kDelete) {
    violations.push_back(
        {"spec.podSelector", "", "deleted",
         fmt::format("the network policy {} is deleted", Quote(request.name, 64))});
    return;
  }
  if (!request.object || !request.object->network_policy) return;
  const NetworkPolicy& now = *request.object->network_policy;
  if (now.pod_selector != before.pod_selector) {
    violations.push_back({"spec.podSelector", "", "podSelector", "the policy selects other pods"});
  }
  CompareDirection("ingress", before.closes_ingress, now.closes_ingress, before.ingress,
                   now.ingress, violations);
  CompareDirection("egress", before.closes_egress, now.closes_egress, before.egress, now.egress,
                   violations);
}

void CheckLabel(const AdmissionRequest& request, const Params& params,
                std::vector<Violation>& violations) {
  const std::string& key = params.quarantine_label.name;
  const std::optional<std::string_view> before = request.old_object->Label(key);
  if (!before) return;
  const bool deleted = request.operation == Operation::kDelete;
  if (!deleted && (!request.object || request.object->Label(key) == before)) return;
  const bool changed = !deleted && request.object->Label(key).has_value();
  violations.push_back({fmt::format("metadata.labels[{}]", PrintableText(key)), "", key,
                        fmt::format("pod {} is in quarantine, and {}", Quote(request.name, 64),
                                    deleted   ? "it is deleted"
                                    : changed ? "its label is changed"
                                              : "its label is removed")});
}

std::vector<Violation> CheckIsolation(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  if (!request.old_object || IsResponder(request.user, params)) return violations;
  if (request.old_object->network_policy) CheckPolicy(request, params, violations);
  const bool is_pod = request.kind.group.empty() && request.kind.kind == "Pod";
  if (is_pod && request.sub_resource.empty() && !request.user.IsSystem()) {
    CheckLabel(request, params, violations);
  }
  return violations;
}

}  // namespace

CheckKind IsolationRemoved() {
  return {
      "isolationRemoved",
      "what isolates pods must not be taken away",
      "leave it to those who respond to the incident",
      {.operations = {Operation::kUpdate, Operation::kDelete},
       .pod_specs = true,
       .network_policies = true},
      Bind<Params>(
          {{"quarantineLabel", "the label that puts a pod into quarantine (default: quarantine)",
            kOptional, &Params::quarantine_label},
           {"responders", "users and groups who may; whole names", kOptional, &Params::responders},
           {"networkPolicies",
            "quarantine (default): only policies that select by the label; all: every one",
            kOptional, &Params::network_policies}},
          CheckIsolation)};
}

}  // namespace tidewaiter
