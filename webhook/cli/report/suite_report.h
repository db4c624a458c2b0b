#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "webhook/cli/run_suite.h"

namespace tidewaiter {

// What `test` has found, in the order of the files.
struct SuiteReport {
  std::vector<SuiteResult> suites;

  std::size_t Cases() const;
  std::size_t CountOf(CaseOutcome outcome) const;
};

// "3 suites, 12 cases: 11 passed, 1 failed", and how many could not be judged, if any.
std::string SummaryText(const SuiteReport& report);

// Of each case that has not passed its place, and how what came differs from what was expected, as
// a suite would say it:
//   tests/images.yaml:12:11: failed: images: an image from elsewhere is refused
//     - action: deny
//     + action: allow
//     - {policy: company-registries, field: "spec.containers[0].image"}
// and then the summary. Nothing of those that have passed.
std::string TextReport(const SuiteReport& report);

// One line: {"cases": [...], "summary": {"suites", "cases", "passed", "failed", "errors"}}. A case:
//   "suite", "name", "file", "line", "column"
//   "outcome"      "passed", "failed" or "error"
//   "expected"     the action
//   "action"       that came; "" if the case could not be judged
//   "error"        of the decision, instead of a verdict; mostly ""
//   "missing"      findings that did not come: [{"policy", "field", "exception"}], the latter two
//   ""
//                  where the case names none
//   "unexpected"   findings that came all the same, as in the decision log
//   "diagnostics"  why it could not be judged: [{"file", "line", "column", "severity", "message"}]
std::string JsonReport(const SuiteReport& report);

// A test suite for each Suite, a test case for each case.
std::string JunitReport(const SuiteReport& report);

}  // namespace tidewaiter
