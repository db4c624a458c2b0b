#include <fmt/core.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <utility>

#include "webhook/admission/decision.h"
#include "webhook/base/file.h"
#include "webhook/base/json.h"
#include "webhook/base/text.h"
#include "webhook/cli/command.h"
#include "webhook/cli/input.h"
#include "webhook/cli/policy_source.h"
#include "webhook/evidence/decision_record.h"
#include "webhook/policy/loader.h"

namespace tidewaiter {
namespace {

constexpr std::size_t kMaxInput = 64 << 20;

struct Options {
  std::vector<std::string> files;
  bool recursive = false;
  PolicySource policies;
  AssumedRequest assumed;
  std::string mode = "enforce";
  std::string fail_on = "deny";
  std::string output = "text";
  bool no_color = false;
};

struct Judged {
  InputObject object;
  Decision decision;
};

// What has been read and judged of all files.
struct Report {
  std::vector<Judged> judged;
  std::vector<SourceFile> sources;
  Diagnostics diagnostics;
  std::size_t policies = 0;
  std::size_t skipped_policies = 0;
  std::chrono::milliseconds duration{0};

  std::string_view TextOf(const std::string& file) const {
    const auto found = std::find_if(sources.begin(), sources.end(),
                                    [&](const SourceFile& source) { return source.name == file; });
    return found == sources.end() ? std::string_view() : found->text;
  }
  std::size_t CountOf(EnforcementAction action) const {
    std::size_t count = 0;
    for (const Judged& one : judged) {
      for (const Finding& finding : one.decision.findings) count += finding.action == action;
    }
    return count;
  }
};

bool MatchesUsers(const Policy& policy) {
  const Match& match = policy.match;
  return !match.users.empty() || !match.exclude_users.empty() || !match.groups.empty() ||
         !match.exclude_groups.empty();
}

// A manifest does not say who will send it, so that policies about users say nothing of it.
PolicySet WithoutUserPolicies(const PolicySet& policies) {
  PolicySet rest = policies;
  std::erase_if(rest.policies, MatchesUsers);
  return rest;
}

void JudgeFiles(const Options& options, const PolicySet& policies, const PolicySet& for_manifests,
                Report& report) {
  for (const std::string& path : options.files) {
    std::string error;
    const auto files = ListFiles(path, {".yaml", ".yml", ".json"}, options.recursive, error);
    if (!files) {
      report.diagnostics.Error({}, error);
      continue;
    }
    if (files->empty()) report.diagnostics.Error({path, 0, 0}, "no manifest in this folder");
    for (const std::string& file : *files) {
      std::optional<std::string> text = ReadFile(file, kMaxInput, error);
      if (!text) {
        report.diagnostics.Error({}, error);
        continue;
      }
      const std::string name = file == "-" ? "<stdin>" : file;
      report.diagnostics.AddSource(name, *text);
      report.sources.push_back({name, std::move(*text)});
      for (InputObject& object : ReadInput(name, report.sources.back().text, options.assumed,
                                           report.diagnostics)) {
        const PolicySet& set = object.recorded_review ? policies : for_manifests;
        Decision decision =
            Evaluate(set, object.request,
                     {.mode = options.mode == "audit" ? Mode::kAudit : Mode::kEnforce,
                      .now = std::chrono::system_clock::now()});
        report.judged.push_back({std::move(object), std::move(decision)});
      }
    }
  }
  report.diagnostics.Sort();
}

class Paint {
 public:
  explicit Paint(bool on) : on_(on) {}
  std::string Action(EnforcementAction action) const {
    const std::string_view code = action == EnforcementAction::kDeny   ? "31;1"
                                  : action == EnforcementAction::kWarn ? "33;1"
                                                                       : "36";
    return on_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, ActionName(action))
               : std::string(ActionName(action));
  }

 private:
  bool on_;
};

std::string ObjectName(const AdmissionRequest& request) {
  return PrintableText(fmt::format("{}/{}", request.kind.kind, request.name));
}

void PrintText(const Report& report, const Paint& paint) {
  fmt::print(stderr, "{}", report.diagnostics.Render());
  for (const auto& [object, decision] : report.judged) {
    const std::string_view text = report.TextOf(object.file);
    for (const Finding& finding : decision.findings) {
      const SourceLocation where = object.Locate(finding.violation.field, text);
      fmt::print("{}: {}: {}: {}: {}{}\n", FormatLocation(where), paint.Action(finding.action),
                 finding.policy->name, ObjectName(object.request), finding.violation.message,
                 finding.unchanged ? " (unchanged)" : "");
      fmt::print("{}", RenderSnippet(text, where, "fix: " + finding.policy->fix));
    }
  }
  fmt::print("{}, {}: {} deny, {} warn, {} audit in {} ms\n",
             Count(report.judged.size(), "object", "objects"),
             Count(report.policies, "policy", "policies"), report.CountOf(EnforcementAction::kDeny),
             report.CountOf(EnforcementAction::kWarn), report.CountOf(EnforcementAction::kAudit),
             report.duration.count());
  if (report.skipped_policies > 0) {
    fmt::print("{} skipped: they match users, and no --user was given\n",
               Count(report.skipped_policies, "policy", "policies"));
  }
  if (report.diagnostics.errors() > 0) {
    fmt::print("{}: not everything could be judged\n",
               Count(report.diagnostics.errors(), "error", "errors"));
  }
}

void WriteLocation(const SourceLocation& where, JsonWriter& json) {
  json.Member("line", std::int64_t{where.line});
  json.Member("column", std::int64_t{where.column});
}

void WriteObject(const Judged& judged, std::string_view text, JsonWriter& json) {
  const AdmissionRequest& request = judged.object.request;
  json.StartObject();
  json.Member("file", judged.object.file);
  json.Member("line", std::int64_t{judged.object.location.line});
  json.Member("kind", request.kind.kind);
  json.Member("namespace", request.name_space);
  json.Member("name", request.name);
  json.Member("allowed", judged.decision.allowed);
  json.Member("action", ActionName(judged.decision.action));
  json.Member("would", ActionName(judged.decision.would));
  json.Key("findings");
  json.StartArray();
  for (const Finding& finding : judged.decision.findings) {
    json.StartObject();
    WriteFindingMembers(finding, json);
    WriteLocation(judged.object.Locate(finding.violation.field, text), json);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void PrintJson(const Report& report) {
  JsonWriter json;
  json.StartObject();
  json.Key("objects");
  json.StartArray();
  for (const Judged& judged : report.judged) {
    WriteObject(judged, report.TextOf(judged.object.file), json);
  }
  json.EndArray();
  json.Key("summary");
  json.StartObject();
  const auto member = [&](std::string_view key, std::size_t value) {
    json.Member(key, static_cast<std::int64_t>(value));
  };
  member("objects", report.judged.size());
  member("policies", report.policies);
  member("deny", report.CountOf(EnforcementAction::kDeny));
  member("warn", report.CountOf(EnforcementAction::kWarn));
  member("audit", report.CountOf(EnforcementAction::kAudit));
  member("errors", report.diagnostics.errors());
  json.EndObject();
  json.Key("diagnostics");
  json.StartArray();
  for (const Diagnostic& diagnostic : report.diagnostics.all()) {
    json.StartObject();
    json.Member("file", diagnostic.location.file);
    WriteLocation(diagnostic.location, json);
    json.Member("severity",
                diagnostic.severity == DiagnosticSeverity::kError ? "error" : "warning");
    json.Member("message", diagnostic.message);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  fmt::print("{}\n", json.text());
}

int ExitCodeOf(const Options& options, const Report& report) {
  if (report.diagnostics.HasErrors()) return kUsage;
  const bool deny = report.CountOf(EnforcementAction::kDeny) > 0;
  const bool warn = report.CountOf(EnforcementAction::kWarn) > 0;
  if (options.fail_on == "none") return kClean;
  return deny || (warn && options.fail_on == "warn") ? kFindings : kClean;
}

int Run(const Options& options, const std::vector<CheckKind>& checks) {
  const auto started = std::chrono::steady_clock::now();
  const std::shared_ptr<const PolicySet> policies = options.policies.Load(checks);
  if (!policies) return kUsage;
  const PolicySet for_manifests =
      options.assumed.user.empty() ? WithoutUserPolicies(*policies) : *policies;
  Report report;
  JudgeFiles(options, *policies, for_manifests, report);
  report.policies = policies->policies.size();
  const bool manifests = std::any_of(report.judged.begin(), report.judged.end(),
                                     [](const Judged& one) { return !one.object.recorded_review; });
  if (manifests) report.skipped_policies = report.policies - for_manifests.policies.size();
  report.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - started);
  if (options.output == "json") {
    PrintJson(report);
  } else {
    const bool color = !options.no_color && std::getenv("NO_COLOR") == nullptr &&
                       ::isatty(STDOUT_FILENO) == 1;
    PrintText(report, Paint(color));
  }
  return ExitCodeOf(options, report);
}

}  // namespace

Command AddCheck(CLI::App& app, const std::vector<CheckKind>& checks) {
  const auto options = std::make_shared<Options>();
  app.add_option("--filename,-f", options->files,
                 "Manifests or recorded AdmissionReviews: a file, a folder, or - (repeatable)")
      ->type_name("FILE|DIR|-")
      ->required();
  app.add_flag("--recursive,-R", options->recursive, "Go down into folders");
  options->policies.AddFlags(app);
  app.add_option("--namespace,-n", options->assumed.name_space,
                 "Namespace of manifests that name none")
      ->type_name("NAME")
      ->envname("TIDEWAITER_NAMESPACE")
      ->capture_default_str();
  app.add_option("--user", options->assumed.user,
                 "User who sends the manifests (default: policies that match users are skipped)")
      ->type_name("NAME");
  app.add_option("--group", options->assumed.groups, "Group of that user (repeatable)")
      ->type_name("NAME");
  app.add_option("--mode", options->mode, "enforce, or audit: what would be refused is only told")
      ->check(CLI::IsMember({"enforce", "audit"}))
      ->envname("TIDEWAITER_MODE")
      ->capture_default_str();
  app.add_option("--fail-on", options->fail_on, "Exit with 1 on deny, warn or none")
      ->check(CLI::IsMember({"deny", "warn", "none"}))
      ->envname("TIDEWAITER_FAIL_ON")
      ->capture_default_str();
  app.add_option("--output,-o", options->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->envname("TIDEWAITER_OUTPUT")
      ->capture_default_str();
  app.add_flag("--no-color", options->no_color, "No colours")->envname("TIDEWAITER_NO_COLOR");
  app.footer("Examples:\n"
             "  tidewaiter check -f pod.yaml\n"
             "  kustomize build overlays/production | tidewaiter check -f -\n"
             "  tidewaiter check -f manifests/ -R --policies policies/ -o json");
  return [options, &checks] { return Run(*options, checks); };
}

}  // namespace tidewaiter
