// `explain`: what it says of policies, checks, kinds and their keys. The texts stand in files,
// which UPDATE_TESTDATA=1 writes anew.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace tidewaiter {
namespace {

const std::string kFolder = std::string(TESTDATA) + "/explain";

// What `explain` prints on stdout and stderr, and its exit code.
std::string Explain(const std::string& arguments, const std::string& folder = kFolder) {
  int code = -1;
  const std::string text = RunToEnd(
      "/bin/bash", {"-c", "cd '" + folder + "' && '" TIDEWAITER "' explain " + arguments + " 2>&1"},
      code);
  return text + "exit " + std::to_string(code) + "\n";
}

struct Golden {
  const char* name;
  const char* arguments;
};

class ExplainGolden : public testing::TestWithParam<Golden> {};

TEST_P(ExplainGolden, PrintsExactly) {
  const std::string file = kFolder + "/golden/" + GetParam().name + ".txt";
  const std::string printed = Explain(GetParam().arguments);
  if (std::getenv("UPDATE_TESTDATA") != nullptr) std::ofstream(file) << printed;
  EXPECT_EQ(printed, ReadWholeFile(file)) << "tidewaiter explain " << GetParam().arguments;
}

INSTANTIATE_TEST_SUITE_P(
    , ExplainGolden,
    testing::Values(Golden{"list", "--policies policies.yaml"},
                    Golden{"list_json",
                           "--policies policies.yaml -o json | grep -o '\"policies\":.*'"},
                    Golden{"policy", "--policies policies.yaml company-registries"},
                    Golden{"policy_json", "company-registries --policies policies.yaml -o json"},
                    Golden{"policy_and_check", "privileged --policies policies.yaml"},
                    Golden{"check", "imageRegistries --policies policies.yaml"},
                    Golden{"check_json", "hostPorts --policies policies.yaml -o json"},
                    Golden{"kind", "PolicyException"}, Golden{"key", "Policy.spec.match.users"},
                    Golden{"key_of_a_list", "Policy.spec.actions[]"},
                    Golden{"key_json", "Suite.spec.cases.expect -o json"}),
    [](const testing::TestParamInfo<Golden>& chosen) { return std::string(chosen.param.name); });

TEST(Explain, NamesThatAreUnknown) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"privileged-container",
       "unknown name \"privileged-container\"; did you mean \"privileged-containers\"?"},
      {"hostPort", "unknown name \"hostPort\"; did you mean \"hostPorts\"?"},
      {"Polcy", "unknown kind \"Polcy\"; did you mean \"Policy\"?"},
      {"Policy.spec.mach", "unknown key \"mach\" in Policy.spec; did you mean \"match\"?"},
      {"Policy.spec.params.allow", "nothing is known of what is in Policy.spec.params"},
      {"Policy.spec.check.x", "nothing is known of what is in Policy.spec.check"},
      {"spec.match", "unknown kind \"spec\""},
      {"$'a\\eb'", "unknown name \"a\\u{1b}b\"; `tidewaiter explain` lists what there is"},
  };
  for (const auto& [name, message] : cases) {
    EXPECT_EQ(Explain(name), "tidewaiter: " + message + "\nexit 2\n");
  }
}

// A kind needs no policies; a policy needs good ones.
TEST(Explain, PoliciesWithMistakes) {
  const TemporaryFolder folder;
  folder.Write("a.yaml", "kind: Policy\n");
  EXPECT_NE(Explain("--policies a.yaml", folder.path()).find("a.yaml:1:1: error: "),
            std::string::npos);
  EXPECT_TRUE(Explain("--policies a.yaml privileged", folder.path()).ends_with("exit 2\n"));
  EXPECT_TRUE(Explain("--policies a.yaml Suite", folder.path()).ends_with("exit 0\n"));
}

std::string DayIn(int days) {
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const std::chrono::year_month_day date(today + std::chrono::days(days));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

TEST(Explain, ExceptionsThatAreInForce) {
  const TemporaryFolder folder;
  const std::string day = DayIn(100);
  folder.Write(
      "a.yaml",
      "apiVersion: tidewaiter.io/v1alpha1\nkind: Policy\nmetadata: {name: p}\n"
      "spec: {check: privileged, action: deny, severity: high}\n---\n"
      "apiVersion: tidewaiter.io/v1alpha1\nkind: PolicyException\nmetadata: {name: driver}\nspec:\n"
      "  policies: [p]\n  match: {namespaces: [storage]}\n  owner: team-storage\n"
      "  reason: mounts disks\n  expires: " +
          day + "\n");
  const std::string text = Explain("p --policies a.yaml", folder.path());
  EXPECT_NE(text.find("\nExceptions\n  driver (a.yaml:8:18)\n    in force, its last day is " + day +
                      "\n    in storage; team-storage: mounts disks\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace tidewaiter
