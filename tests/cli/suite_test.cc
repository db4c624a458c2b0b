// `test`: what it says of suites that pass, fail, or cannot be tried, and how it ends.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "webhook/cli/report/suite_report.h"

namespace tidewaiter {
namespace {

const std::string kData = std::string(TESTDATA) + "/suites";

// What a shell command in the folder of the suites prints, and how it ends. The program is $T, the
// one with checks for tests is $TESTING.
std::string Shell(const std::string& command) {
  int code = -1;
  const std::string text =
      RunToEnd("/bin/bash",
               {"-c", "cd '" + kData + "' && T='" + TIDEWAITER + "' TESTING='" +
                          TIDEWAITER_TESTING + "'; { " + command + "; } 2>&1"},
               code);
  return text + "exit " + std::to_string(code) + "\n";
}

std::string RunTest(const std::string& arguments) { return Shell("$T test " + arguments); }

struct Golden {
  const char* name;
  const char* arguments;
};

class SuiteGolden : public testing::TestWithParam<Golden> {};

// UPDATE_TESTDATA=1 writes the files anew.
TEST_P(SuiteGolden, PrintsExactly) {
  const std::string file = kData + "/golden/" + GetParam().name + ".txt";
  const std::string printed = RunTest(GetParam().arguments);
  if (std::getenv("UPDATE_TESTDATA") != nullptr) std::ofstream(file) << printed;
  EXPECT_EQ(printed, ReadWholeFile(file)) << "tidewaiter test " << GetParam().arguments;
}

INSTANTIATE_TEST_SUITE_P(
    , SuiteGolden,
    testing::Values(Golden{"passing", "policies right.yaml clock.yaml"},
                    Golden{"failing", "policies failing.yaml"},
                    Golden{"failing_json", "policies failing.yaml -o json"},
                    Golden{"failing_junit", "policies failing.yaml -o junit"},
                    Golden{"unreadable", "policies unreadable.yaml"},
                    Golden{"unreadable_json", "policies unreadable.yaml -o json"},
                    Golden{"unreadable_junit", "policies unreadable.yaml -o junit"},
                    Golden{"unknown_names", "policies unknown.yaml"},
                    Golden{"empty_suite", "policies right.yaml empty.yaml"},
                    Golden{"no_suite", "policies"}, Golden{"no_policy", "right.yaml"}),
    [](const testing::TestParamInfo<Golden>& chosen) { return std::string(chosen.param.name); });

TEST(Suite, ExitCodes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"policies right.yaml", "exit 0\n"},
      {"policies failing.yaml", "exit 1\n"},
      {"policies right.yaml failing.yaml", "exit 1\n"},
      {"policies unreadable.yaml", "exit 2\n"},
      {"policies failing.yaml unreadable.yaml", "exit 2\n"},
      {"policies unknown.yaml", "exit 2\n"},
      {"policies right.yaml empty.yaml", "exit 2\n"},
      {"policies", "exit 2\n"},
      {"right.yaml", "exit 2\n"},
      {"policies none.yaml", "exit 2\n"},
      {"", "exit 2\n"},
      {"policies right.yaml -o sarif", "exit 2\n"},
      {"policies right.yaml --profile defualt", "exit 2\n"},
  };
  for (const auto& [arguments, code] : cases) {
    for (const char* const output : {"", " -o json", " -o junit"}) {
      if (arguments.find("-o ") != std::string::npos && *output != '\0') continue;
      EXPECT_TRUE(RunTest(arguments + output).ends_with(code)) << arguments << output;
    }
  }
}

// Users, groups, namespaces, dry runs, and the operations, each beside what the API server sends.
TEST(Suite, ARequestIsWhatTheApiServerWouldSend) {
  EXPECT_EQ(Shell("$TESTING test requests"), "1 suite, 14 cases: 14 passed, 0 failed\nexit 0\n");
}

TEST(Suite, ThePoliciesMayComeFromFlags) {
  EXPECT_EQ(RunTest("right.yaml --policies policies"), RunTest("policies right.yaml"));
  const TemporaryFolder folder;
  folder.Write("suite.yaml",
               "apiVersion: tidewaiter.io/v1alpha1\nkind: Suite\nmetadata: {name: s}\nspec:\n"
               "  policies: [privileged-containers]\n  cases:\n  - name: a\n    object: " +
                   kData + "/fixtures/privileged.yaml\n" +
                   "    expect: {action: deny, findings: [{policy: privileged-containers}]}\n");
  EXPECT_EQ(RunTest(folder.Path("suite.yaml") + " --profile default"),
            "1 suite, 1 case: 1 passed, 0 failed\nexit 0\n");
}

// A suite tries the policies that it names and no others.
TEST(Suite, OtherPoliciesAreLeftOut) {
  const TemporaryFolder folder;
  const auto suite = [&](const std::string& policies) {
    folder.Write("suite.yaml",
                 "apiVersion: tidewaiter.io/v1alpha1\nkind: Suite\nmetadata: {name: s}\nspec:\n" +
                     policies + "  cases:\n  - name: a\n    object: " + kData +
                     "/fixtures/privileged.yaml\n    expect: {action: allow}\n");
    return RunTest("policies " + folder.Path("suite.yaml"));
  };
  EXPECT_TRUE(suite("  policies: [host-namespaces]\n").ends_with("exit 0\n"));
  EXPECT_TRUE(suite("").ends_with("exit 1\n"));
}

// A refusal because of an error is not the refusal that a suite is about.
TEST(Suite, ADecisionThatIsAnErrorFailsAlsoWhereARefusalIsExpected) {
  SuiteCase tried;
  tried.expect.action = EnforcementAction::kDeny;
  Decision decision;
  decision.action = EnforcementAction::kDeny;
  EXPECT_EQ(Compare(tried, decision).Outcome(), CaseOutcome::kPassed);
  const CaseResult failed = Compare(tried, FailedDecision({}, {}, 500, "too late"));
  EXPECT_EQ(failed.Outcome(), CaseOutcome::kFailed);

  tried.name = "a case";
  tried.location = {"s.yaml", 7, 11};
  Suite suite;
  suite.name = "s";
  SuiteReport report;
  report.suites.push_back({&suite, nullptr, {failed}});
  EXPECT_EQ(TextReport(report),
            "s.yaml:7:11: failed: s: a case\n  + error: too late\n"
            "1 suite, 1 case: 0 passed, 1 failed\n");
}

TEST(Suite, OutputFile) {
  const TemporaryFolder folder;
  const std::string file = folder.Path("tests.xml");
  EXPECT_EQ(RunTest("policies right.yaml failing.yaml -o junit --output-file " + file),
            "2 suites, 24 cases: 15 passed, 9 failed\nexit 1\n");
  EXPECT_EQ(ReadWholeFile(file) + "exit 1\n", RunTest("policies right.yaml failing.yaml -o junit"));
  EXPECT_EQ(RunTest("policies right.yaml --output-file " + folder.Path("none/x")),
            "tidewaiter: cannot write " + folder.Path("none/x.new") +
                ": No such file or directory\nexit 2\n");
}

// Readers that are not ours, with what the formats promise.
TEST(Suite, OtherReadersAgree) {
  const std::string files = "policies right.yaml clock.yaml failing.yaml unreadable.yaml";
  EXPECT_EQ(Shell("python3 ../../cli/read_reports.py suites <($T test " + files +
                  " -o json) <($T test " + files + " -o junit)"),
            "42 cases, 9 failures, 15 errors\nexit 0\n");
}

}  // namespace
}  // namespace tidewaiter
