#include <fmt/core.h>

#include <CLI/App.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "webhook/base/json.h"
#include "webhook/base/text.h"
#include "webhook/cli/command.h"
#include "webhook/cli/policy_source.h"
#include "webhook/cli/report/report.h"
#include "webhook/cli/result.h"
#include "webhook/policy/lint.h"
#include "webhook/policy/suite.h"

namespace tidewaiter {
namespace {

struct Options {
  PolicyOrigin origin;
  bool strict = false;
  std::string output = "text";
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

std::string AsText(std::size_t files, const Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  return diagnostics.Render() +
         fmt::format("{}: {}, {}\n", Count(files, "file", "files"),
                     Count(errors, "error", "errors"),
                     Count(diagnostics.all().size() - errors, "warning", "warnings"));
}

// The diagnostics as in `check -o json`.
std::string AsJson(std::size_t files, const Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.errors();
  JsonWriter json;
  json.StartObject();
  json.Key("diagnostics");
  json.StartArray();
  for (const Diagnostic& one : diagnostics.all()) WriteDiagnostic(one, one.location.file, json);
  json.EndArray();
  json.Key("summary");
  json.StartObject();
  json.Member("files", static_cast<std::int64_t>(files));
  json.Member("errors", static_cast<std::int64_t>(errors));
  json.Member("warnings", static_cast<std::int64_t>(diagnostics.all().size() - errors));
  json.EndObject();
  json.EndObject();
  return std::string(json.text()) + "\n";
}

int Run(const Options& options, const std::vector<CheckKind>& checks) {
  Diagnostics diagnostics;
  const std::optional<PolicyFiles> files = ReadPolicies(options.origin, diagnostics);
  if (files) Lint(*files, checks, diagnostics);
  diagnostics.Sort();
  const bool as_json = options.output == "json";
  if (!files && !as_json) {
    WriteError(diagnostics.Render());
    return kUsage;
  }
  const std::size_t count = files ? files->files.size() : 0;
  std::string error;
  if (!WriteResult(as_json ? AsJson(count, diagnostics) : AsText(count, diagnostics), "", error)) {
    WriteError(fmt::format("tidewaiter: {}\n", error));
    return kUsage;
  }
  if (!files) return kUsage;
  const bool fails = diagnostics.HasErrors() || (options.strict && !diagnostics.all().empty());
  return fails ? kFindings : kClean;
}

}  // namespace

Command AddLint(CLI::App& app, const std::vector<CheckKind>& checks) {
  const auto options = std::make_shared<Options>();
  app.add_option("paths", options->origin.paths,
                 "Policy files and folders (default: the policies that are compiled in)")
      ->type_name("PATH");
  app.add_flag("--strict", options->strict, "Fail on warnings, too")->envname("TIDEWAITER_STRICT");
  app.add_option("--output,-o", options->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->envname("TIDEWAITER_OUTPUT")
      ->capture_default_str();
  app.footer(
      "Examples:\n"
      "  tidewaiter lint policies/\n"
      "  tidewaiter lint --strict policies/ exceptions.yaml\n"
      "  tidewaiter lint -o json policies/");
  return [options, &checks] { return Run(*options, checks); };
}

}  // namespace tidewaiter
