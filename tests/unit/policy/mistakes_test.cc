#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "webhook/base/clock.h"
#include "webhook/base/file.h"
#include "webhook/policy/lint.h"
#include "webhook/policy/loader.h"
#include "webhook/policy/suite.h"

// Every mistake that a person makes in a file of policies, and what is said of it: for each
// tests/testdata/mistakes/NAME.yaml the text NAME.expected, to the letter. UPDATE_TESTDATA=1 writes
// the texts anew.
namespace tidewaiter {
namespace {

const std::string kFolder = TESTDATA "/mistakes/";

std::string Read(const std::string& path) {
  std::string error;
  const auto text = ReadFile(path, 1 << 20, error);
  EXPECT_TRUE(text.has_value()) << error;
  return text.value_or("");
}

struct Told {
  std::string text;
  std::size_t mistakes = 0;
};

// What is said of a file, by whoever reads what is in it.
Told Tell(const std::string& name) {
  const std::string text = Read(kFolder + name);
  const std::vector<SourceFile> files = {{name, text},
                                         {"domains.txt", Read(kFolder + "domains.txt"), "", true}};
  Diagnostics diagnostics;
  if (text.find("kind: Suite") != std::string::npos) {
    EXPECT_FALSE(ParseSuites(files, diagnostics).has_value());
  } else {
    const auto set = ParsePolicies(files, ShippedChecks(), diagnostics);
    EXPECT_EQ(set.has_value(), !diagnostics.HasErrors());
    if (set) {
      LintPolicies(*set, *ParseTime("2026-11-21T12:00:00Z"), DiagnosticSeverity::kError,
                   diagnostics);
    }
  }
  return {diagnostics.Render(), diagnostics.all().size()};
}

TEST(Mistakes, AreToldToTheLetter) {
  std::string error;
  const auto files = ListFiles(kFolder, {".yaml"}, false, error);
  ASSERT_TRUE(files.has_value()) << error;
  std::size_t mistakes = 0;
  for (const std::string& file : *files) {
    const std::string name = file.substr(file.rfind('/') + 1);
    const std::string expected = kFolder + name.substr(0, name.rfind('.')) + ".expected";
    const Told told = Tell(name);
    EXPECT_GT(told.mistakes, 0U) << name;
    mistakes += told.mistakes;
    if (std::getenv("UPDATE_TESTDATA") != nullptr) {
      ASSERT_TRUE(WriteFile(expected, told.text, 0644, error)) << error;
    }
    EXPECT_EQ(told.text, Read(expected)) << name;
  }
  EXPECT_GE(mistakes, 40U);
}

TEST(Mistakes, TimeAloneLeavesASetLoadable) {
  Diagnostics diagnostics;
  const std::vector<SourceFile> files = {{"time.yaml", Read(kFolder + "time.yaml")}};
  const auto set = ParsePolicies(files, ShippedChecks(), diagnostics);
  ASSERT_TRUE(set.has_value()) << diagnostics.Render();
  EXPECT_EQ(diagnostics.Render(), "");
  LintPolicies(*set, *ParseTime("2026-11-21T12:00:00Z"), DiagnosticSeverity::kWarning, diagnostics);
  EXPECT_FALSE(diagnostics.HasErrors());
  EXPECT_EQ(diagnostics.all().size(), 4U);
}

}  // namespace
}  // namespace tidewaiter
