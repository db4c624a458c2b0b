#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "webhook/admission/decision.h"
#include "webhook/policy/excuse.h"

namespace tidewaiter {
namespace {

// "spec.initContainers" of "spec.initContainers[1].image". The list counts, its order does not: a
// step that ran once and now runs for ever, or a volume that became a container, is new.
std::string_view ListOf(const Violation& violation) {
  return std::string_view(violation.field).substr(0, violation.field.find('['));
}

// The request as if its old object were asked for anew. Nothing if it changes no object.
std::optional<AdmissionRequest> OldRequest(const AdmissionRequest& request) {
  if (request.operation != Operation::kUpdate || !request.old_object) return std::nullopt;
  AdmissionRequest old = request;
  old.object = request.old_object;
  old.old_object = nullptr;
  return old;
}

// The violations that the old object had, by the list they stand in, whose they are and what they
// are.
class OldViolations {
 public:
  OldViolations(const Check& check, const std::optional<AdmissionRequest>& old) {
    if (!old) return;
    violations_ = check(*old);
    for (const Violation& violation : violations_) {
      known_.emplace(ListOf(violation), violation.container, violation.identity);
    }
  }

  bool Has(const Violation& violation) const {
    return known_.contains({ListOf(violation), violation.container, violation.identity});
  }

 private:
  std::vector<Violation> violations_;
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> known_;
};

void Judge(const PolicySet& policies, const Policy& policy, const AdmissionRequest& request,
           const std::optional<AdmissionRequest>& old_request, const Circumstances& circumstances,
           Decision& decision) {
  std::vector<Violation> violations = policy.check(request);
  std::erase_if(violations, [&](const Violation& violation) {
    return violation.ends && circumstances.now >= violation.ends->end;
  });
  if (violations.empty()) return;
  const EnforcementAction action = policy.ActionIn(request.name_space);
  const OldViolations old(policy.check, old_request);
  const Excuses excuses(policies.exceptions, policy, request, circumstances.now);
  for (Violation& violation : violations) {
    Finding finding;
    finding.policy = &policy;
    finding.exception = excuses.For(violation);
    finding.unchanged = old.Has(violation);
    finding.mirror_pod = request.IsMirrorPod();
    const bool only_told = finding.unchanged && !policy.always_on_update;
    finding.would = finding.exception != nullptr      ? EnforcementAction::kAllow
                    : only_told || finding.mirror_pod ? std::min(action, EnforcementAction::kAudit)
                                                      : action;
    finding.action = circumstances.mode == Mode::kAudit
                         ? std::min(finding.would, EnforcementAction::kAudit)
                         : finding.would;
    finding.violation = std::move(violation);
    decision.action = std::max(decision.action, finding.action);
    decision.would = std::max(decision.would, finding.would);
    decision.findings.push_back(std::move(finding));
    // Evaluate finds the deadline passed, too.
    if (decision.findings.size() % 64 == 0 && request.deadline.passed()) return;
  }
}

Decision NewDecision(const PolicySet& policies, const Circumstances& circumstances) {
  Decision decision;
  decision.id = NewUuidV7(circumstances.now);
  decision.time = circumstances.now;
  decision.mode = circumstances.mode;
  decision.policy_revision = policies.revision;
  return decision;
}

}  // namespace

Decision Evaluate(const PolicySet& policies, const AdmissionRequest& request,
                  const Circumstances& circumstances) {
  Decision decision = NewDecision(policies, circumstances);
  const std::optional<AdmissionRequest> old_request = OldRequest(request);
  for (const Policy& policy : policies.policies) {
    if (!Matches(policy.match, request)) continue;
    Judge(policies, policy, request, old_request, circumstances, decision);
    // A check whose time ran out has not seen everything, so its result is worth nothing.
    if (request.deadline.passed()) {
      return FailedDecision(policies, circumstances, 500,
                            "the request could not be judged in time");
    }
  }
  decision.allowed = decision.action != EnforcementAction::kDeny;
  return decision;
}

Decision FailedDecision(const PolicySet& policies, const Circumstances& circumstances, int status,
                        std::string error) {
  Decision decision = NewDecision(policies, circumstances);
  decision.error = std::move(error);
  decision.error_status = status;
  const bool stops_nothing =
      circumstances.path == Path::kDetect || circumstances.mode == Mode::kAudit;
  decision.allowed = status >= 500 && stops_nothing;
  decision.action = decision.allowed ? EnforcementAction::kWarn : EnforcementAction::kDeny;
  decision.would = EnforcementAction::kDeny;
  if (circumstances.path == Path::kDetect && status >= 500) decision.would = decision.action;
  return decision;
}

}  // namespace tidewaiter
