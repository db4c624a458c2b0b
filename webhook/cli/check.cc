#include <fmt/core.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <utility>

#include "webhook/cli/command.h"
#include "webhook/cli/judge.h"
#include "webhook/cli/pod_security.h"
#include "webhook/cli/policy_source.h"
#include "webhook/cli/report/report.h"
#include "webhook/cli/result.h"

namespace tidewaiter {
namespace {

struct Options {
  Judged judged;
  PolicySource policies;
  std::string pod_security;
  std::string operation;
  std::string mode = "enforce";
  std::string fail_on = "deny";
  std::string output = "text";
  std::string output_file;
  bool no_color = false;
};

struct Output {
  const char* name;
  std::string (*write)(const Report&);
};

// All but text, which alone has colours.
constexpr std::array<Output, 6> kOutputs = {{{"json", JsonReport},
                                             {"yaml", YamlReport},
                                             {"sarif", SarifReport},
                                             {"junit", JunitReport},
                                             {"github", GithubReport},
                                             {"policyreport", PolicyReportList}}};

std::vector<std::string> OutputNames() {
  std::vector<std::string> names = {"text"};
  for (const Output& output : kOutputs) names.emplace_back(output.name);
  return names;
}

std::string Written(const Options& options, const Report& report) {
  for (const Output& output : kOutputs) {
    if (options.output == output.name) return output.write(report);
  }
  const bool color = !options.no_color && std::getenv("NO_COLOR") == nullptr &&
                     options.output_file.empty() && ::isatty(STDOUT_FILENO) == 1;
  return TextReport(report, color);
}

EnforcementAction FailOn(const std::string& word) {
  if (word == "none") return EnforcementAction::kAllow;
  return word == "warn" ? EnforcementAction::kWarn : EnforcementAction::kDeny;
}

int Fail(const std::string& message) {
  WriteError(fmt::format("tidewaiter: {}\n", message));
  return kUsage;
}

// What --old and --operation mean together; the message if they do not fit.
std::string ChooseOperation(Options& options) {
  const bool has_old = !options.judged.old_paths.empty();
  const std::string word =
      !options.operation.empty() ? options.operation : (has_old ? "UPDATE" : "CREATE");
  if (word == "UPDATE" && !has_old) {
    return "--operation UPDATE needs --old FILE: what is in the cluster before it";
  }
  if (word != "UPDATE" && has_old) {
    return "--old is for an UPDATE; it does not go with --operation " + word;
  }
  options.judged.assumed.operation = word == "UPDATE"   ? Operation::kUpdate
                                     : word == "DELETE" ? Operation::kDelete
                                                        : Operation::kCreate;
  return "";
}

int Run(Options& options, const std::vector<CheckKind>& checks) {
  const auto started = std::chrono::steady_clock::now();
  std::string error;
  if (const std::string mistake = ChooseOperation(options); !mistake.empty()) return Fail(mistake);
  options.judged.mode = options.mode == "audit" ? Mode::kAudit : Mode::kEnforce;
  std::shared_ptr<const PolicySet> policies;
  if (options.pod_security.empty()) {
    policies = options.policies.Load(checks);
    if (!policies) return kUsage;
  } else if (policies = PodSecurityPolicies(options.pod_security, checks, error); !policies) {
    return Fail("--pod-security: " + error);
  }
  Report report = JudgeFiles(options.judged, std::move(policies), checks);
  report.fail_on = FailOn(options.fail_on);
  report.version = Version();
  report.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  for (const ReportedFile& file : report.files) WriteError(file.diagnostics.Render());
  if (!WriteResult(Written(options, report), options.output_file, error)) return Fail(error);
  if (!options.output_file.empty()) WriteError(SummaryText(report));
  if (report.Errors() > 0) return kUsage;
  return report.HasFailures() ? kFindings : kClean;
}

void AddInputFlags(CLI::App& app, Options& options) {
  Judged& judged = options.judged;
  app.add_option("--filename,-f", judged.paths,
                 "Manifests or recorded AdmissionReviews: a file, a folder, or - (repeatable)")
      ->type_name("FILE|DIR|-")
      ->required();
  app.add_flag("--recursive,-R", judged.recursive, "Go down into folders");
  app.add_option("--old", judged.old_paths,
                 "What is in the cluster: the manifests are an UPDATE of those of the same kind, "
                 "namespace and name (repeatable)")
      ->type_name("FILE|DIR|-");
  app.add_option("--operation", options.operation,
                 "What is done with the manifests (default: CREATE; with --old: UPDATE)")
      ->check(CLI::IsMember({"CREATE", "UPDATE", "DELETE"}))
      ->envname("TIDEWAITER_OPERATION");
  app.add_option("--namespace,-n", judged.assumed.name_space,
                 "Namespace of manifests that name none")
      ->type_name("NAME")
      ->envname("TIDEWAITER_NAMESPACE")
      ->capture_default_str();
  app.add_option("--user", judged.assumed.user,
                 "User who sends the manifests (default: policies that match users are skipped)")
      ->type_name("NAME");
  app.add_option("--group", judged.assumed.groups, "Group of that user (repeatable)")
      ->type_name("NAME");
}

void AddOutputFlags(CLI::App& app, Options& options) {
  app.add_option("--fail-on", options.fail_on, "Exit with 1 on deny, warn or none")
      ->check(CLI::IsMember({"deny", "warn", "none"}))
      ->envname("TIDEWAITER_FAIL_ON")
      ->capture_default_str();
  app.add_option("--output,-o", options.output,
                 "What to write, on a terminal and in a pipe alike; policyreport is YAML")
      ->check(CLI::IsMember(OutputNames()))
      ->envname("TIDEWAITER_OUTPUT")
      ->capture_default_str();
  app.add_option("--output-file", options.output_file,
                 "Write it to this file, and only the summary to standard error")
      ->type_name("FILE")
      ->envname("TIDEWAITER_OUTPUT_FILE");
  app.add_flag("--no-color", options.no_color, "No colours")->envname("TIDEWAITER_NO_COLOR");
}

}  // namespace

Command AddCheck(CLI::App& app, const std::vector<CheckKind>& checks) {
  const auto options = std::make_shared<Options>();
  AddInputFlags(app, *options);
  options->policies.AddFlags(app);
  app.add_option("--pod-security", options->pod_security,
                 "Only a level of the Pod Security Standards: privileged, baseline or restricted; "
                 "VERSION is latest, or as in v1.25")
      ->type_name("LEVEL:VERSION")
      ->excludes("--policies")
      ->excludes("--profile");
  app.add_option("--mode", options->mode, "enforce, or audit: what would be refused is only told")
      ->check(CLI::IsMember({"enforce", "audit"}))
      ->envname("TIDEWAITER_MODE")
      ->capture_default_str();
  AddOutputFlags(app, *options);
  app.footer(
      "Examples:\n"
      "  tidewaiter check -f pod.yaml\n"
      "  kustomize build overlays/production | tidewaiter check -f -\n"
      "  tidewaiter check -f new.yaml --old deployed.yaml\n"
      "  tidewaiter check -f pod.yaml --pod-security restricted:v1.30\n"
      "  tidewaiter check -f manifests/ -R -o sarif --output-file tidewaiter.sarif");
  return [options, &checks] { return Run(*options, checks); };
}

}  // namespace tidewaiter
