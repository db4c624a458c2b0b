#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

const std::string kData = std::string(TESTDATA) + "/check";

// What a shell command in the folder of the test data prints, stderr first where both are, and how
// it ends. The program is $T. Times are taken out.
// The policies are the tests' own, so that what is printed does not change with the shipped ones.
std::string Shell(const std::string& command) {
  const bool names_policies = command.find("--pod-security") != std::string::npos;
  const std::string policies =
      names_policies ? "" : "export TIDEWAITER_POLICIES=five-policies.yaml; ";
  int code = -1;
  const std::string text = RunToEnd("/bin/bash",
                                    {"-c", "cd '" + kData + "' && T='" + TIDEWAITER + "'; " +
                                               policies + "{ " + command + "; } 2>&1"},
                                    code);
  static const std::regex kTime(" in [0-9]+ ms");
  return std::regex_replace(text, kTime, " in T ms") + "exit " + std::to_string(code) + "\n";
}

std::string Check(const std::string& arguments) { return Shell("$T check " + arguments); }

struct Golden {
  const char* name;
  const char* arguments;
};

class CheckGolden : public testing::TestWithParam<Golden> {};

// UPDATE_TESTDATA=1 writes the files anew.
TEST_P(CheckGolden, PrintsExactly) {
  const std::string file = kData + "/golden/" + GetParam().name + ".txt";
  const std::string printed = Check(GetParam().arguments);
  if (std::getenv("UPDATE_TESTDATA") != nullptr) std::ofstream(file) << printed;
  EXPECT_EQ(printed, ReadWholeFile(file)) << "tidewaiter check " << GetParam().arguments;
}

INSTANTIATE_TEST_SUITE_P(
    , CheckGolden,
    testing::Values(
        Golden{"text", "-f pod.yaml"}, Golden{"json", "-f pod.yaml -f wrong.yaml -o json"},
        Golden{"yaml", "-f pod.yaml -f wrong.yaml -o yaml"},
        Golden{"sarif", "-f pod.yaml -f wrong.yaml -f 'odd, %name.yaml' -o sarif"},
        Golden{"junit", "-f pod.yaml -f wrong.yaml -f clean.yaml -f none.yaml -o junit"},
        Golden{"github", "-f pod.yaml -f wrong.yaml -f 'odd, %name.yaml' -o github"},
        Golden{"policyreport", "-f pod.yaml -f clean.yaml -o policyreport"},
        Golden{"pod_security", "-f pod.yaml --pod-security restricted:v1.30"},
        Golden{"pod_security_privileged", "-f pod.yaml --pod-security privileged:latest"},
        Golden{"pod_security_unknown_level", "-f pod.yaml --pod-security restrictd:latest"},
        Golden{"pod_security_unknown_version", "-f pod.yaml --pod-security baseline:v2.0"},
        Golden{"clean", "-f clean.yaml"}, Golden{"standard_input", "-f - < pod.yaml"},
        Golden{"standard_input_twice", "-f - -f - < pod.yaml"},
        Golden{"Y05_Y07_Y08_as_kubectl_reads_it", "-f mixed.yaml"},
        Golden{"Y02_aliases", "-f bomb.yaml"}, Golden{"broken", "-f broken.yaml"},
        Golden{"wrong", "-f wrong.yaml"}, Golden{"hostile_text", "-f hostile.yaml"},
        Golden{"hostile_github", "-f hostile.yaml -o github"}, Golden{"folder", "-f folder"},
        Golden{"folder_recursive", "-f folder -R"},
        Golden{"empty_folder", "-f empty -f none.yaml -f clean.yaml"},
        Golden{"review", "-f ../reviews/03-create-pods-miner-jtd8j.json"},
        Golden{"update", "-f new.yaml --old old-deployment.yaml"},
        Golden{"update_old_alone", "-f new.yaml --old old.yaml"},
        Golden{"update_new_alone", "-f new-more.yaml --old old-deployment.yaml"},
        Golden{"update_old_twice", "-f new.yaml --old old-twice.yaml"},
        Golden{"update_old_wrong", "-f new.yaml --old old-wrong.yaml"},
        Golden{"update_old_unreadable", "-f clean.yaml --old none.yaml"},
        Golden{"update_review", "-f ../reviews/02-create-pods-web.json --old old-deployment.yaml"},
        Golden{"delete", "-f new.yaml --operation DELETE"},
        Golden{"delete_wrong", "-f old-wrong.yaml -f pod.yaml --operation DELETE"},
        Golden{"users_skipped", "-f mixed.yaml --policies users-policy.yaml"},
        Golden{"users_given", "-f mixed.yaml --policies users-policy.yaml --user jane"},
        Golden{"audit", "-f pod.yaml --mode audit"}),
    [](const testing::TestParamInfo<Golden>& chosen) { return std::string(chosen.param.name); });

TEST(Check, ExitCodes) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"-f clean.yaml", "exit 0\n"},
      {"-f pod.yaml", "exit 1\n"},
      {"-f pod.yaml --fail-on none", "exit 0\n"},
      {"-f pod.yaml --mode audit", "exit 0\n"},
      {"-f mixed.yaml --policies users-policy.yaml", "exit 0\n"},
      {"-f mixed.yaml --policies users-policy.yaml --fail-on warn", "exit 1\n"},
      {"-f broken.yaml", "exit 2\n"},
      {"-f pod.yaml -f broken.yaml", "exit 2\n"},
      {"-f none.yaml", "exit 2\n"},
      {"-f empty", "exit 2\n"},
      {"", "exit 2\n"},
      {"-f clean.yaml -o html", "exit 2\n"},
  };
  for (const auto& [arguments, code] : cases) {
    for (const char* const output : {"", " -o json", " -o sarif", " -o junit", " -o github"}) {
      if (arguments.find("-o ") != std::string::npos && *output != '\0') continue;
      EXPECT_TRUE(Check(arguments + output).ends_with(code)) << arguments << output;
    }
  }
}

TEST(Check, OldAndOperationMustFit) {
  EXPECT_EQ(Check("-f new.yaml --operation UPDATE"),
            "tidewaiter: --operation UPDATE needs --old FILE: what is in the cluster before it\n"
            "exit 2\n");
  EXPECT_EQ(Check("-f new.yaml --old old.yaml --operation DELETE"),
            "tidewaiter: --old is for an UPDATE; it does not go with --operation DELETE\n"
            "exit 2\n");
}

TEST(Check, OutputFile) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/report.json";
  EXPECT_EQ(Check("-f pod.yaml -o json --output-file " + file),
            "1 object, 5 policies: 2 deny, 0 warn, 1 audit in T ms\nexit 1\n");
  EXPECT_EQ(ReadWholeFile(file) + "exit 1\n", Check("-f pod.yaml -o json"));
  EXPECT_EQ(Check("-f clean.yaml --output-file " + folder.path() + "/none/x"),
            "tidewaiter: cannot write " + folder.path() +
                "/none/x.new: No such file or directory\nexit 2\n");
  EXPECT_EQ(Check("-f clean.yaml --output-file " + folder.path()),
            "tidewaiter: cannot write " + folder.path() + ": Is a directory\nexit 2\n");
  // A device is written to, not replaced.
  EXPECT_EQ(Check("-f clean.yaml -o json --output-file /dev/stdout 2>/dev/null"),
            Check("-f clean.yaml -o json"));
  EXPECT_EQ(Shell("$T check -f clean.yaml > /dev/full"),
            "tidewaiter: cannot write standard output: No space left on device\nexit 2\n");
  // Nor is a standard error that is full a crash.
  EXPECT_EQ(Check("-f broken.yaml -o json 2>/dev/full"),
            Check("-f broken.yaml -o json 2>/dev/null"));
}

TEST(Check, AReaderThatHasGoneIsNoCrash) {
  const std::string many = "$(for i in {1..400}; do echo -f pod.yaml; done)";
  EXPECT_EQ(Shell("$T check " + many + " | head -c 20; exit ${PIPESTATUS[0]}"),
            "pod.yaml:5:3: deny: exit 1\n");
}

TEST(Check, UnreadableFile) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/loop.yaml";
  std::filesystem::create_symlink("loop.yaml", file);
  EXPECT_EQ(Check("-f " + file + " -f clean.yaml"),
            "error: cannot read " + file +
                ": Too many levels of symbolic links\n"
                "1 object, 5 policies: 0 deny, 0 warn, 0 audit in T ms\n"
                "1 error: not everything could be judged\nexit 2\n");
}

TEST(Check, TheNumberOfThreadsDoesNotShow) {
  const TemporaryFolder folder;
  for (int i = 0; i < 300; ++i) {
    const char* const from = i % 7 == 0 ? "/broken.yaml" : i % 3 == 0 ? "/pod.yaml" : "/clean.yaml";
    std::filesystem::copy_file(kData + from, folder.path() + "/" + std::to_string(i) + ".yaml");
  }
  const std::string one = Shell("taskset -c 0 $T check -f " + folder.path() + " -o json");
  EXPECT_TRUE(one.ends_with("exit 2\n"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Check("-f " + folder.path() + " -o json"), one);
}

// Lines by which a fingerprint is known stay the same when the file's lines move.
TEST(Check, SarifFingerprintsOutliveALineThatIsAdded) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/pod.yaml";
  const auto fingerprints = [&](const std::string& before) {
    std::ofstream(file) << before << ReadWholeFile(kData + "/pod.yaml");
    return Shell("$T check -f " + file + " -o sarif | grep -o '\"violation/v1\":\"[^\"]*\"'");
  };
  const std::string prints = fingerprints("");
  EXPECT_EQ(Lines(prints).size(), 4U) << prints;
  EXPECT_EQ(fingerprints("# A line.\n\n"), prints);
}

// Other people's readers, with what their formats promise.
TEST(Check, OtherReadersAgree) {
  const std::string script = "python3 ../../cli/read_reports.py ";
  const std::string files =
      "-f pod.yaml -f mixed.yaml -f wrong.yaml -f hostile.yaml -f none.yaml "
      "-f 'odd, %name.yaml' ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"sarif", "13 results, 5 rules, 5 notifications\n"},
      {"junit", "10 cases, 5 failures, 2 errors\n"},
      {"yaml", "8 objects, as in JSON\n"},
      {"policyreport", "7 resources in 3 reports\n"},
  };
  for (const auto& [output, told] : cases) {
    const std::string json = " <($T check " + files + " -o json 2>/dev/null)";
    const std::string other = " <($T check " + files + " -o " + output + " 2>/dev/null)";
    EXPECT_EQ(Shell(script + output + json + other), told + "exit 0\n") << output;
  }
}

TEST(Progress, OnATerminalAfterASecond) {
  // `script` gives the program a terminal. Its input comes late, so that it has to wait.
  const std::string slow = "(sleep 1.6; cat pod.yaml) | $T check -f - -o json";
  const std::string bar = "\r[..............................] 0/1 files";
  const std::string shown = Shell("T=$T script -qec '" + slow + "' /dev/null");
  EXPECT_NE(shown.find(bar), std::string::npos) << shown;
  EXPECT_NE(shown.find("\r\x1b[K{\"objects\":"), std::string::npos) << shown;
  EXPECT_EQ(Shell(slow).find('\r'), std::string::npos);
  EXPECT_EQ(Shell("T=$T script -qec '$T check -f pod.yaml -o json' /dev/null").find("\r["),
            std::string::npos);
}

TEST(Color, OnATerminalAlone) {
  const std::string red = "\x1b[31;1mdeny\x1b[0m";
  const auto terminal = [](const std::string& command) {
    return Shell("T=$T script -qec '" + command + "' /dev/null");
  };
  EXPECT_NE(terminal("$T check -f pod.yaml").find(red), std::string::npos);
  EXPECT_EQ(terminal("$T check -f pod.yaml --no-color").find('\x1b'), std::string::npos);
  EXPECT_EQ(terminal("NO_COLOR= $T check -f pod.yaml").find('\x1b'), std::string::npos);
  EXPECT_EQ(Check("-f pod.yaml").find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace tidewaiter
