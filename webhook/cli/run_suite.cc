#include "webhook/cli/run_suite.h"

#include <algorithm>
#include <utility>

#include "webhook/cli/case_request.h"

namespace tidewaiter {
namespace {

std::shared_ptr<const PolicySet> PoliciesOf(const Suite& suite, const PolicySet& policies) {
  PolicySet tried = policies;
  if (!suite.policies.empty()) {
    std::erase_if(tried.policies, [&](const Policy& policy) {
      return std::none_of(suite.policies.begin(), suite.policies.end(),
                          [&](const NameInSuite& name) { return name.name == policy.name; });
    });
  }
  return std::make_shared<const PolicySet>(std::move(tried));
}

bool IsExpected(const ExpectedFinding& expected, const Finding& found) {
  const std::string_view exception =
      found.exception != nullptr ? std::string_view(found.exception->name) : "";
  return expected.policy.name == found.policy->name &&
         (!expected.field || *expected.field == found.violation.field) &&
         (expected.exception ? std::string_view(expected.exception->name) : "") == exception;
}

}  // namespace

std::string_view OutcomeName(CaseOutcome outcome) {
  return outcome == CaseOutcome::kPassed   ? "passed"
         : outcome == CaseOutcome::kFailed ? "failed"
                                           : "error";
}

CaseOutcome CaseResult::Outcome() const {
  if (diagnostics.HasErrors()) return CaseOutcome::kError;
  const bool as_expected = decision.error.empty() && decision.action == tried->expect.action &&
                           missing.empty() && unexpected.empty();
  return as_expected ? CaseOutcome::kPassed : CaseOutcome::kFailed;
}

CaseResult Compare(const SuiteCase& tried, Decision decision) {
  CaseResult result;
  result.tried = &tried;
  result.unexpected = decision.findings;
  // What names a field goes first: what does not would take its finding.
  for (const bool has_field : {true, false}) {
    for (const ExpectedFinding& expected : tried.expect.findings) {
      if (expected.field.has_value() != has_field) continue;
      const auto found =
          std::find_if(result.unexpected.begin(), result.unexpected.end(),
                       [&](const Finding& finding) { return IsExpected(expected, finding); });
      if (found == result.unexpected.end()) {
        result.missing.push_back(expected);
      } else {
        result.unexpected.erase(found);
      }
    }
  }
  result.decision = std::move(decision);
  return result;
}

SuiteResult RunSuite(const Suite& suite, const PolicySet& policies, std::chrono::sys_seconds now) {
  SuiteResult result;
  result.suite = &suite;
  result.policies = PoliciesOf(suite, policies);
  for (const SuiteCase& tried : suite.cases) {
    Diagnostics diagnostics;
    const std::optional<AdmissionRequest> request = ReadCaseRequest(tried, diagnostics);
    if (request) {
      const Circumstances circumstances{.mode = Mode::kEnforce, .now = suite.now.value_or(now)};
      result.cases.push_back(Compare(tried, Evaluate(*result.policies, *request, circumstances)));
    } else {
      result.cases.emplace_back().tried = &tried;
      diagnostics.Sort();
      result.cases.back().diagnostics = std::move(diagnostics);
    }
  }
  return result;
}

}  // namespace tidewaiter
