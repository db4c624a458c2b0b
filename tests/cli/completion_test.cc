#include <gtest/gtest.h>

#include <string>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

std::string RunIn(const std::string& shell, const std::string& script) {
  int code = -1;
  const std::string text = RunToEnd("/bin/bash",
                                    {"-c",
                                     "cd '" + std::string(TESTDATA) + "/check' && exec " + shell +
                                         " -c \"$0\" '" + TIDEWAITER + "' 2>&1",
                                     script},
                                    code);
  return code == 0 ? text : text + "exit " + std::to_string(code);
}

// What bash offers for the last of the words.
std::string Offered(const std::string& words) {
  return RunIn(
      "bash --norc",
      "source <(\"$0\" completion bash); COMP_WORDS=(tidewaiter " + words +
          "); COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )); _tidewaiter; echo \"${COMPREPLY[*]}\"");
}

TEST(Completion, BashOffersWhatTheProgramTakes) {
  EXPECT_EQ(Offered("ch"), "check\n");
  EXPECT_EQ(Offered("com"), "completion\n");
  EXPECT_EQ(Offered("te"), "test\n");
  EXPECT_EQ(Offered("test -o ''"), "text json junit\n");
  EXPECT_EQ(Offered("check --out"), "--output --output-file\n");
  EXPECT_EQ(Offered("check --output ''"), "text json yaml sarif junit github policyreport\n");
  EXPECT_EQ(Offered("check -o s"), "sarif\n");
  EXPECT_EQ(Offered("check --operation = U"), "UPDATE\n");
  EXPECT_EQ(Offered("check --operation ="), "CREATE UPDATE DELETE\n");
  EXPECT_EQ(Offered("check -f pod"), "pod.yaml\n");
  EXPECT_EQ(Offered("check -f odd"), "odd, %name.yaml\n");
  EXPECT_EQ(Offered("check --user ''"), "\n");
  EXPECT_EQ(Offered("test pod"), "pod.yaml\n");
  EXPECT_EQ(Offered("lint pod"), "pod.yaml\n");
  EXPECT_EQ(Offered("test --prof"), "--profile\n");
  EXPECT_EQ(Offered("schema --kind P"), "Policy PolicyException\n");
  EXPECT_EQ(Offered("lint --strict po"), "pod.yaml\n");
  EXPECT_EQ(Offered("lint --s"), "--strict\n");
  EXPECT_EQ(Offered("lint -o j"), "json\n");
  EXPECT_EQ(Offered("report po"), "pod.yaml\n");
  EXPECT_EQ(Offered("check po"), "\n");
  EXPECT_EQ(Offered("completion z"), "zsh\n");
  EXPECT_EQ(Offered("serve --log-f"), "--log-format\n");
  EXPECT_EQ(Offered("none --x"), "\n");
}

TEST(Completion, BashScriptHasNoMistakes) {
  EXPECT_EQ(RunIn("bash", "\"$0\" completion bash | shellcheck -s bash -"), "");
}

TEST(Completion, ZshReadsItsScript) {
  EXPECT_EQ(RunIn("bash", "\"$0\" completion zsh | zsh -n"), "");
  EXPECT_EQ(RunIn("bash",
                  "\"$0\" completion zsh > /dev/null; zsh -f -c 'autoload -U compinit; "
                  "compinit -u -D; source <(\"$0\" completion zsh); echo $_comps[tidewaiter]' "
                  "\"$0\""),
            "_tidewaiter\n");
}

TEST(Completion, ZshOffersFilesWhereTheyArePositional) {
  // What is given to zsh's function that offers.
  const auto offered = [](const std::string& command) {
    return RunIn("bash",
                 "zsh -f -c 'compdef() {}; _arguments() { print -rl -- \"$@\" }; "
                 "source <(\"$0\" completion zsh); words=(tidewaiter " +
                     command + " po); CURRENT=3; _tidewaiter' \"$0\" | grep '^[*1]:'");
  };
  EXPECT_EQ(offered("lint"), "*:file:_files\n");
  EXPECT_EQ(offered("report"), "*:file:_files\n");
  EXPECT_EQ(offered("completion"), "1:word:(bash zsh fish)\n");
}

TEST(Completion, FishOffersWhatTheProgramTakes) {
  const auto offered = [](const std::string& line) {
    return RunIn("bash", "fish --no-config -c '$argv[1] completion fish | source; complete -C \"" +
                             line + "\" | string split -f1 \\t; true' \"$0\"");
  };
  EXPECT_EQ(offered("tidewaiter com"), "completion\n");
  EXPECT_EQ(offered("tidewaiter check -o s"), "sarif\n");
  EXPECT_EQ(offered("tidewaiter check --output s"), "sarif\n");
  EXPECT_EQ(offered("tidewaiter check --out"), "--output\n--output-file\n");
  EXPECT_EQ(offered("tidewaiter test pod"), "pod.yaml\n");
  EXPECT_EQ(offered("tidewaiter test -o j"), "json\njunit\n");
  EXPECT_EQ(offered("tidewaiter lint po"), "pod.yaml\n");
  EXPECT_EQ(offered("tidewaiter report po"), "pod.yaml\n");
  EXPECT_EQ(offered("tidewaiter check po"), "");
}

TEST(Completion, AnUnknownShellIsRefused) {
  int code = -1;
  RunToEnd(TIDEWAITER, {"completion", "tcsh"}, code);
  EXPECT_EQ(code, 2);
}

}  // namespace
}  // namespace tidewaiter
