#include <fmt/core.h>

#include <CLI/App.hpp>
#include <chrono>
#include <memory>

#include "webhook/cli/command.h"
#include "webhook/cli/policy_source.h"
#include "webhook/cli/report/suite_report.h"
#include "webhook/cli/result.h"

namespace tidewaiter {
namespace {

struct Options {
  std::vector<std::string> paths;
  PolicySource policies;
  std::string output = "text";
  std::string output_file;
};

struct Loaded {
  PolicySet policies;
  std::vector<Suite> suites;
};

// The policies and the suites of the files, if both are without a mistake.
std::optional<Loaded> Load(const PolicyOrigin& origin, const std::vector<CheckKind>& checks,
                           Diagnostics& diagnostics) {
  const std::optional<PolicyFiles> files = ReadPolicies(origin, diagnostics);
  if (!files) return std::nullopt;
  std::optional<PolicySet> policies = ParsePolicies(*files, checks, diagnostics);
  std::optional<std::vector<Suite>> suites = ParseSuites(files->files, diagnostics);
  if (suites && suites->empty()) diagnostics.Error({}, "there is no suite in these files");
  if (suites && policies) CheckNames(*suites, *policies, diagnostics);
  diagnostics.Sort();
  if (diagnostics.HasErrors()) return std::nullopt;
  return Loaded{std::move(*policies), std::move(*suites)};
}

std::string Written(const std::string& output, const SuiteReport& report) {
  if (output == "json") return JsonReport(report);
  return output == "junit" ? JunitReport(report) : TextReport(report);
}

int Run(const Options& options, const std::vector<CheckKind>& checks) {
  PolicyOrigin origin = options.policies;
  origin.paths.insert(origin.paths.begin(), options.paths.begin(), options.paths.end());
  Diagnostics diagnostics;
  const std::optional<Loaded> loaded = Load(origin, checks, diagnostics);
  WriteError(diagnostics.Render());
  if (!loaded) return kUsage;

  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  SuiteReport report;
  for (const Suite& suite : loaded->suites) {
    report.suites.push_back(RunSuite(suite, loaded->policies, now));
  }
  std::string error;
  if (!WriteResult(Written(options.output, report), options.output_file, error)) {
    WriteError(fmt::format("tidewaiter: {}\n", error));
    return kUsage;
  }
  if (!options.output_file.empty()) WriteError(SummaryText(report));
  if (report.CountOf(CaseOutcome::kError) > 0) return kUsage;
  return report.CountOf(CaseOutcome::kFailed) > 0 ? kFindings : kClean;
}

}  // namespace

Command AddTest(CLI::App& app, const std::vector<CheckKind>& checks) {
  const auto options = std::make_shared<Options>();
  app.add_option("paths", options->paths,
                 "Files and folders of suites, and of the policies that they try")
      ->type_name("PATH")
      ->required();
  options->policies.AddFlags(app);
  app.add_option("--output,-o", options->output, "What to write")
      ->check(CLI::IsMember({"text", "json", "junit"}))
      ->envname("TIDEWAITER_OUTPUT")
      ->capture_default_str();
  app.add_option("--output-file", options->output_file,
                 "Write it to this file, and only the summary to standard error")
      ->type_name("FILE")
      ->envname("TIDEWAITER_OUTPUT_FILE");
  app.footer(
      "Examples:\n"
      "  tidewaiter test policies tests\n"
      "  tidewaiter test tests --profile default\n"
      "  tidewaiter test policies tests -o junit --output-file tests.xml");
  return [options, &checks] { return Run(*options, checks); };
}

}  // namespace tidewaiter
