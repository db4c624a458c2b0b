#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "webhook/base/clock.h"
#include "webhook/checks/registry.h"
#include "webhook/kubernetes/admission_request.h"
#include "webhook/policy/policy.h"

namespace tidewaiter {

// What a server or command does with findings. In audit mode nothing is refused and nobody is
// warned; every finding says what it would have done.
enum class Mode { kEnforce, kAudit };

// A violation, judged by a policy.
struct Finding {
  const Policy* policy = nullptr;  // of the set that was evaluated; valid as long as it is
  Violation violation;
  EnforcementAction action = EnforcementAction::kAudit;  // what follows
  EnforcementAction would = EnforcementAction::kAudit;   // what would follow in enforce mode
  const PolicyException* exception = nullptr;  // that excuses it; both actions are then kAllow
  bool unchanged = false;                      // an UPDATE, and the old object had it already
  // About the shadow of a static pod, which runs on its node whatever the answer is: to refuse it
  // would only hide it, so it is at most audited.
  bool mirror_pod = false;
};

struct Decision {
  std::string id;  // UUID of version 7
  std::chrono::system_clock::time_point time;
  Mode mode = Mode::kEnforce;
  bool allowed = true;
  EnforcementAction action = EnforcementAction::kAllow;  // the strongest of the findings
  EnforcementAction would = EnforcementAction::kAllow;
  std::vector<Finding> findings;  // in the order of the policies
  PolicyRevision policy_revision;
  // Set when there is no verdict of the policies, but an answer all the same: the request was
  // malformed (status 400), or judging it failed or took too long (status 500).
  std::string error;
  int error_status = 0;
};

// The path decides only what an error of ours answers: /validate refuses, /detect allows with a
// warning. Policies apply on both alike.
enum class Path { kValidate, kDetect };

// What holds for a decision beside the policies and the request.
struct Circumstances {
  Path path = Path::kValidate;
  Mode mode = Mode::kEnforce;
  // A parameter, so that a replay gives the same answer.
  std::chrono::system_clock::time_point now = {};
};

// Judges a request by all policies; nothing stops at the first finding. A pure function but for the
// decision's id. If the request's deadline passes, the decision is FailedDecision with status 500.
Decision Evaluate(const PolicySet& policies, const AdmissionRequest& request,
                  const Circumstances& circumstances);

// The decision about a request that could not be judged. Malformed input (status 400) is always
// refused. Our own failure (status 500) is refused too, but on the detecting path and in audit
// mode, which promise to stop nothing, it is allowed with a warning.
Decision FailedDecision(const PolicySet& policies, const Circumstances& circumstances, int status,
                        std::string error);

}  // namespace tidewaiter
