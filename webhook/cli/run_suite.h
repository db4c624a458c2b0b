#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include "webhook/admission/decision.h"
#include "webhook/policy/suite.h"

namespace tidewaiter {

enum class CaseOutcome {
  kPassed,
  kFailed,  // the decision is not what was expected
  kError,   // there was nothing to decide: its object cannot be read
};

std::string_view OutcomeName(CaseOutcome outcome);  // "passed"

// What came of a case.
struct CaseResult {
  const SuiteCase* tried = nullptr;
  Diagnostics diagnostics;  // why it could not be judged; nothing else is set then
  Decision decision;
  std::vector<ExpectedFinding> missing;
  std::vector<Finding> unexpected;

  // A decision that is an error has no verdict, so that it passes as none: not even as a refusal.
  CaseOutcome Outcome() const;
};

struct SuiteResult {
  const Suite* suite = nullptr;
  std::shared_ptr<const PolicySet> policies;  // that were tried; the findings point into them
  std::vector<CaseResult> cases;
};

// Runs the cases of a suite by the policies that it names, in enforce mode, as the webhook would
// judge the same requests. `now` is the time for a suite that has no clock of its own. The suite
// must outlive the result.
SuiteResult RunSuite(const Suite& suite, const PolicySet& policies, std::chrono::sys_seconds now);

// What a decision means for a case. The findings must be exactly those that are expected: a finding
// is one that is expected if it has the policy, the exception (or none, where none is named) and
// the field, where one is named.
CaseResult Compare(const SuiteCase& tried, Decision decision);

}  // namespace tidewaiter
