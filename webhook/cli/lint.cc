#include <fmt/core.h>

#include <CLI/App.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "webhook/base/text.h"
#include "webhook/cli/command.h"
#include "webhook/cli/policy_source.h"
#include "webhook/cli/result.h"
#include "webhook/policy/lint.h"
#include "webhook/policy/suite.h"

namespace tidewaiter {
namespace {

struct Options {
  PolicyOrigin origin;
  bool strict = false;
};

// Every mistake that can be told of the files, each once, with what only time makes of them.
void Lint(const PolicyFiles& files, const std::vector<CheckKind>& checks,
          Diagnostics& diagnostics) {
  const std::optional<PolicySet> set = ParsePolicies(files.files, checks, diagnostics);
  const std::optional<std::vector<Suite>> suites = ParseSuites(files.files, diagnostics);
  if (!set) return;
  // Suites may be looked at alone, without the policies that they are about.
  if (suites && !set->policies.empty()) CheckNames(*suites, *set, diagnostics);
  if (set->policies.empty() && suites && suites->empty()) {
    diagnostics.Error({}, "there is neither a policy nor a suite in these files");
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  LintPolicies(*set, now, DiagnosticSeverity::kError, diagnostics);
}

int Run(const Options& options, const std::vector<CheckKind>& checks) {
  Diagnostics diagnostics;
  const std::optional<PolicyFiles> files = ReadPolicies(options.origin, diagnostics);
  if (!files) {
    WriteError(diagnostics.Render());
    return kUsage;
  }
  Lint(*files, checks, diagnostics);
  diagnostics.Sort();
  const std::size_t errors = diagnostics.errors();
  const std::size_t warnings = diagnostics.all().size() - errors;
  std::string error;
  const std::string result =
      diagnostics.Render() +
      fmt::format("{}: {}, {}\n", Count(files->files.size(), "file", "files"),
                  Count(errors, "error", "errors"), Count(warnings, "warning", "warnings"));
  if (!WriteResult(result, "", error)) {
    WriteError(fmt::format("tidewaiter: {}\n", error));
    return kUsage;
  }
  return errors > 0 || (options.strict && warnings > 0) ? kFindings : kClean;
}

}  // namespace

Command AddLint(CLI::App& app, const std::vector<CheckKind>& checks) {
  const auto options = std::make_shared<Options>();
  app.add_option("paths", options->origin.paths,
                 "Policy files and folders (default: the policies that are compiled in)")
      ->type_name("PATH");
  app.add_flag("--strict", options->strict, "Fail on warnings, too")->envname("TIDEWAITER_STRICT");
  app.footer(
      "Examples:\n"
      "  tidewaiter lint policies/\n"
      "  tidewaiter lint --strict policies/ exceptions.yaml");
  return [options, &checks] { return Run(*options, checks); };
}

}  // namespace tidewaiter
