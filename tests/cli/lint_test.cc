// `lint`: what it says of good files, of mistakes and of what time makes of them, and how it ends.

#include <gtest/gtest.h>

#include <string>

#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace tidewaiter {
namespace {

constexpr char kPolicy[] = R"(apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata:
  name: privileged
spec:
  check: privileged
  action: deny
  severity: high
)";

std::string ExceptionUntil(const std::string& day) {
  return R"(apiVersion: tidewaiter.io/v1alpha1
kind: PolicyException
metadata:
  name: driver
spec:
  policies: [privileged]
  match: {namespaces: [storage]}
  owner: team-storage
  reason: mounts disks
  expires: )" +
         day + "\n";
}

// What `lint` prints on stdout and stderr, and its exit code.
std::string Lint(const TemporaryFolder& folder, const std::string& arguments) {
  int code = -1;
  const std::string text = RunToEnd(
      "/bin/bash",
      {"-c", "cd '" + folder.path() + "' && '" TIDEWAITER "' lint " + arguments + " 2>&1"}, code);
  return text + "exit " + std::to_string(code) + "\n";
}

TEST(Lint, TheShippedPoliciesAreClean) {
  const TemporaryFolder folder;
  const std::string said = Lint(folder, "--strict");
  EXPECT_TRUE(said.ends_with(" files: 0 errors, 0 warnings\nexit 0\n")) << said;
}

TEST(Lint, MistakesOfAllFilesAreFindings) {
  const TemporaryFolder folder;
  folder.Write("a.yaml", "kind: Policy\n");
  folder.Write("b.yaml", kPolicy + std::string("  sverity: low\n"));
  const std::string said = Lint(folder, ".");
  EXPECT_NE(said.find("./a.yaml:1:1: error: missing key \"apiVersion\""), std::string::npos)
      << said;
  EXPECT_NE(said.find("./b.yaml:9:3: error: unknown key \"sverity\"; did you mean \"severity\"?"),
            std::string::npos)
      << said;
  EXPECT_TRUE(said.ends_with(" errors, 0 warnings\nexit 1\n")) << said;
}

TEST(Lint, AMistakeThatTwoReadersMeetIsToldOnce) {
  const TemporaryFolder folder;
  folder.Write("a.yaml", "kind: [\n");
  folder.Write("b.yaml",
               "apiVersion: tidewaiter.io/v1alpha1\nkind: Suite\nmetadata: {name: A_B}\nspec:\n"
               "  cases:\n  - {name: a, object: x.yaml, expect: {action: allow}}\n");
  const std::string said = Lint(folder, ".");
  EXPECT_TRUE(said.ends_with("2 files: 2 errors, 0 warnings\nexit 1\n")) << said;
}

TEST(Lint, SuitesMayLieAlone) {
  const TemporaryFolder folder;
  folder.Write("suite.yaml",
               "apiVersion: tidewaiter.io/v1alpha1\nkind: Suite\nmetadata: {name: s}\nspec:\n"
               "  cases:\n  - {name: a, object: x.yaml, expect: {action: allow}}\n");
  EXPECT_EQ(Lint(folder, "."), "1 file: 0 errors, 0 warnings\nexit 0\n");
}

TEST(Lint, WhatHasExpiredFailsOnlyWhenStrict) {
  const TemporaryFolder folder;
  folder.Write("policy.yaml", kPolicy);
  folder.Write("exception.yaml", ExceptionUntil("2020-01-31"));
  const std::string said = Lint(folder, ".");
  EXPECT_NE(said.find("exception.yaml:10:12: warning: "), std::string::npos) << said;
  EXPECT_TRUE(said.ends_with("2 files: 0 errors, 1 warning\nexit 0\n")) << said;
  EXPECT_TRUE(Lint(folder, "--strict .").ends_with("2 files: 0 errors, 1 warning\nexit 1\n"));
}

TEST(Lint, AnExceptionOfMoreThanAYearIsAnError) {
  const TemporaryFolder folder;
  folder.Write("policy.yaml", kPolicy);
  folder.Write("exception.yaml", ExceptionUntil("2999-01-31"));
  const std::string said = Lint(folder, ".");
  EXPECT_NE(said.find("exception.yaml:10:12: error: "), std::string::npos) << said;
  EXPECT_TRUE(said.ends_with("2 files: 1 error, 0 warnings\nexit 1\n")) << said;
}

TEST(Lint, SuitesAreReadAndTheirFixturesAreNot) {
  const TemporaryFolder folder;
  folder.Write("policy.yaml", kPolicy);
  folder.Write("tests/testdata/pod.yaml", "apiVersion: v1\nkind: Pod\n");
  folder.Write(
      "tests/suite.yaml",
      "apiVersion: tidewaiter.io/v1alpha1\nkind: Suite\nmetadata: {name: s}\nspec:\n"
      "  cases:\n  - name: a\n    object: testdata/pod.yaml\n    expect: {action: alow}\n");
  const std::string said = Lint(folder, ".");
  EXPECT_NE(said.find("tests/suite.yaml:8:22: error: unknown action \"alow\""), std::string::npos)
      << said;
  EXPECT_TRUE(said.ends_with("2 files: 1 error, 0 warnings\nexit 1\n")) << said;
}

TEST(Lint, ASuiteBesidePoliciesNamesThoseThatThereAre) {
  const TemporaryFolder folder;
  folder.Write("policy.yaml", kPolicy);
  folder.Write("suite.yaml",
               "apiVersion: tidewaiter.io/v1alpha1\nkind: Suite\nmetadata: {name: s}\nspec:\n"
               "  policies: [priviledged]\n"
               "  cases:\n  - {name: a, object: x.yaml, expect: {action: allow}}\n");
  EXPECT_EQ(Lint(folder, "."),
            "./suite.yaml:5:14: error: unknown policy \"priviledged\"; did you mean "
            "\"privileged\"?\n     5 |   policies: [priviledged]\n       |              ^\n"
            "2 files: 1 error, 0 warnings\nexit 1\n");
}

TEST(Lint, AsJsonItSaysTheSame) {
  const TemporaryFolder folder;
  folder.Write("a.yaml", kPolicy + std::string("  sverity: low\n"));
  folder.Write("b.yaml", "kind: [\n");
  folder.Write("c/exception.yaml", ExceptionUntil("2020-01-31"));
  const auto read = [&](const std::string& paths) {
    return Lint(folder,
                "-o json " + paths + " | python3 -B '" REPOSITORY "/tests/cli/read_lint.py'");
  };
  const std::string text = Lint(folder, ".");
  std::string want;
  for (const std::string& line : Lines(text)) {
    if (line.find(": error: ") != std::string::npos) want += line + "\n";
  }
  EXPECT_EQ(read("."), want + "3 files\nexit 0\n");
  folder.Write("a.yaml", kPolicy);
  folder.Write("b.yaml", kPolicy + std::string("---\n") + ExceptionUntil("2020-01-31"));
  EXPECT_EQ(read("b.yaml"),
            "b.yaml:19:12: warning: exception driver has expired and has no effect\n1 files\n"
            "exit 0\n");
  EXPECT_TRUE(read("nowhere").starts_with("nowhere: error: ")) << read("nowhere");
  EXPECT_TRUE(Lint(folder, "-o json nowhere").ends_with("exit 2\n"));
  EXPECT_TRUE(Lint(folder, "-o json --strict b.yaml").ends_with("exit 1\n"));
}

TEST(Lint, APathThatCannotBeReadIsNeverClean) {
  const TemporaryFolder folder;
  const std::string said = Lint(folder, "nowhere.yaml");
  EXPECT_NE(said.find("nowhere.yaml"), std::string::npos) << said;
  EXPECT_TRUE(said.ends_with("exit 2\n")) << said;
}

}  // namespace
}  // namespace tidewaiter
