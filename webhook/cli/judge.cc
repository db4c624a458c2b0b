#include "webhook/cli/judge.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "webhook/base/file.h"
#include "webhook/base/parallel.h"
#include "webhook/cli/input.h"
#include "webhook/cli/progress.h"
#include "webhook/server/server.h"

namespace tidewaiter {
namespace {

bool MatchesUsers(const Policy& policy) {
  const Match& match = policy.match;
  return !match.users.empty() || !match.exclude_users.empty() || !match.groups.empty() ||
         !match.exclude_groups.empty();
}

// A manifest does not say who will send it, so that policies about users say nothing of it.
std::shared_ptr<const PolicySet> WithoutUserPolicies(const PolicySet& policies) {
  PolicySet rest = policies;
  std::erase_if(rest.policies, MatchesUsers);
  return std::make_shared<const PolicySet>(std::move(rest));
}

// The files that paths mean, in their order. A path that cannot be read is a file with an error.
std::vector<ReportedFile> ListInputs(const std::vector<std::string>& paths, bool recursive) {
  std::vector<ReportedFile> inputs;
  const auto fail = [&](const std::string& path, const SourceLocation& where, std::string error) {
    inputs.emplace_back().name = path;
    inputs.back().diagnostics.Error(where, std::move(error));
  };
  for (const std::string& path : paths) {
    std::string error;
    const auto files = ListFiles(path, {".yaml", ".yml", ".json"}, recursive, error);
    if (!files) {
      fail(path, {}, error);
    } else if (files->empty()) {
      fail(path, {path, 0, 0},
           recursive ? "no manifest in this folder"
                     : "no manifest in this folder; -R goes down into folders");
    } else {
      for (const std::string& file : *files) inputs.emplace_back().name = file;
    }
  }
  return inputs;
}

// The text of an input, which from then on has the name that people know it by.
std::optional<std::string> ReadInputFile(ReportedFile& input) {
  std::string error;
  std::optional<std::string> text = ReadFile(input.name, kMaxInput, error);
  if (!text) input.diagnostics.Error({}, error);
  if (input.name == "-") input.name = "<stdin>";
  return text;
}

// The column of a place in code points.
int CharacterOf(std::string_view text, const SourceLocation& where) {
  std::size_t begin = 0;
  for (int line = 1; line < where.line && begin < text.size(); ++line) {
    begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  }
  const std::string_view before =
      text.substr(begin, static_cast<std::size_t>(std::max(where.column - 1, 0)));
  return 1 + static_cast<int>(std::count_if(before.begin(), before.end(), [](char c) {
           return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
         }));
}

ReportedObject Reported(const InputObject& object, Decision decision, std::string_view text) {
  const AdmissionRequest& request = object.request;
  ReportedObject reported;
  reported.location = object.location;
  reported.api_version = fmt::format("{}{}{}", request.kind.group,
                                     request.kind.group.empty() ? "" : "/", request.kind.version);
  reported.kind = request.kind.kind;
  reported.name_space = request.name_space;
  reported.name = request.name;
  reported.allowed = decision.allowed;
  reported.action = decision.action;
  reported.would = decision.would;
  for (Finding& finding : decision.findings) {
    ReportedFinding found;
    found.location = object.Locate(finding.violation.field, text);
    const bool is_here = found.location.file == object.file;
    found.character = is_here ? CharacterOf(text, found.location) : found.location.column;
    if (is_here) found.snippet = RenderSnippet(text, found.location, AdviceOf(finding));
    found.finding = std::move(finding);
    reported.findings.push_back(std::move(found));
  }
  return reported;
}

// Judges the files of a report, each where it stands.
class Judge {
 public:
  Judge(const Judged& judged, OldManifests& old, Report& report)
      : judged_(judged), old_(old), report_(report) {}

  void JudgeFile(ReportedFile& file) const {
    if (file.diagnostics.HasErrors()) return;
    std::optional<std::string> text = ReadInputFile(file);
    if (!text) return;
    for (const InputObject& object :
         ReadInput(file.name, *text, judged_.assumed, old_, file.diagnostics)) {
      JudgeObject(object, *text, file);
    }
    // The text is kept only to show its lines.
    if (!file.diagnostics.all().empty()) file.diagnostics.AddSource(file.name, std::move(*text));
    file.diagnostics.Sort();
  }

 private:
  void JudgeObject(const InputObject& object, std::string_view text, ReportedFile& file) const {
    if (object.recorded_review && !judged_.old_paths.empty()) {
      return file.diagnostics.Error(
          object.location, "a recorded review has its own old object; leave out --old for it");
    }
    const PolicySet& policies =
        object.recorded_review ? *report_.policies : *report_.manifest_policies;
    Decision decision = Evaluate(policies, object.request,
                                 {.mode = judged_.mode, .now = std::chrono::system_clock::now()});
    if (!decision.error.empty()) file.diagnostics.Error(object.location, decision.error);
    file.objects.push_back(Reported(object, std::move(decision), text));
    if (!object.recorded_review) file.has_manifests = true;
  }

  const Judged& judged_;
  OldManifests& old_;
  Report& report_;
};

void CheckStandardInput(const Judged& judged, std::vector<ReportedFile>& files) {
  const auto readers = std::count(judged.paths.begin(), judged.paths.end(), "-") +
                       std::count(judged.old_paths.begin(), judged.old_paths.end(), "-");
  if (readers < 2) return;
  for (ReportedFile& file : files) {
    if (file.name != "-") continue;
    file.diagnostics.Error({}, "standard input can be read only once; give - only once");
  }
}

}  // namespace

Report JudgeFiles(const Judged& judged, std::shared_ptr<const PolicySet> policies,
                  std::span<const CheckKind> checks) {
  Report report;
  report.policies = std::move(policies);
  report.manifest_policies =
      judged.assumed.user.empty() ? WithoutUserPolicies(*report.policies) : report.policies;
  report.checks = checks;

  OldManifests old;
  std::vector<ReportedFile> old_files = ListInputs(judged.old_paths, judged.recursive);
  report.files = ListInputs(judged.paths, judged.recursive);
  CheckStandardInput(judged, report.files);
  for (ReportedFile& file : old_files) {
    if (file.diagnostics.HasErrors()) continue;
    std::optional<std::string> text = ReadInputFile(file);
    if (!text) continue;
    old.Read(file.name, *text, judged.assumed, file.diagnostics);
    file.diagnostics.AddSource(file.name, std::move(*text));
  }

  const Judge judge(judged, old, report);
  {
    Progress progress(report.files.size(), "files");
    ForEachIndex(report.files.size(), UsableCores(), [&](std::size_t i) {
      judge.JudgeFile(report.files[i]);
      progress.Step();
    });
  }
  for (ReportedFile& file : old_files) old.ReportUnused(file.name, file.diagnostics);
  std::erase_if(old_files, [](const ReportedFile& file) { return file.diagnostics.all().empty(); });
  report.files.insert(report.files.begin(), std::make_move_iterator(old_files.begin()),
                      std::make_move_iterator(old_files.end()));
  const bool manifests = std::any_of(report.files.begin(), report.files.end(),
                                     [](const ReportedFile& file) { return file.has_manifests; });
  if (manifests) {
    report.skipped_policies =
        report.policies->policies.size() - report.manifest_policies->policies.size();
  }
  return report;
}

}  // namespace tidewaiter
