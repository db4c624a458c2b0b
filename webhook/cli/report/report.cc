#include "webhook/cli/report/report.h"

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"

namespace tidewaiter {

std::size_t Report::Objects() const {
  std::size_t count = 0;
  for (const ReportedFile& file : files) count += file.objects.size();
  return count;
}

std::size_t Report::Errors() const {
  std::size_t count = 0;
  for (const ReportedFile& file : files) count += file.diagnostics.errors();
  return count;
}

std::size_t Report::CountOf(EnforcementAction action) const {
  std::size_t count = 0;
  for (const ReportedFile& file : files) {
    for (const ReportedObject& object : file.objects) {
      for (const ReportedFinding& found : object.findings) count += found.finding.action == action;
    }
  }
  return count;
}

bool Report::Fails(const Finding& finding) const {
  return fail_on != EnforcementAction::kAllow && finding.action >= fail_on;
}

bool Report::HasFailures() const {
  for (const ReportedFile& file : files) {
    for (const ReportedObject& object : file.objects) {
      const auto fails = [&](const ReportedFinding& found) { return Fails(found.finding); };
      if (std::any_of(object.findings.begin(), object.findings.end(), fails)) return true;
    }
  }
  return false;
}

std::string AdviceOf(const Finding& finding) {
  return finding.exception != nullptr ? "excused by exception " + finding.exception->name
                                      : "fix: " + finding.policy->fix;
}

std::string ObjectTitle(const ReportedObject& object) {
  return PrintableText(fmt::format("{}/{}", object.kind, object.name));
}

const std::string& FileOf(const Diagnostic& diagnostic, const ReportedFile& file) {
  return diagnostic.location.file.empty() ? file.name : diagnostic.location.file;
}

std::string SummaryText(const Report& report) {
  std::string text = fmt::format(
      "{}, {}: {} deny, {} warn, {} audit in {} ms\n", Count(report.Objects(), "object", "objects"),
      Count(report.policies->policies.size(), "policy", "policies"),
      report.CountOf(EnforcementAction::kDeny), report.CountOf(EnforcementAction::kWarn),
      report.CountOf(EnforcementAction::kAudit), report.duration.count());
  if (report.skipped_policies > 0) {
    text += fmt::format("{} skipped: they match users, and no --user was given\n",
                        Count(report.skipped_policies, "policy", "policies"));
  }
  if (const std::size_t errors = report.Errors(); errors > 0) {
    text += fmt::format("{}: not everything could be judged\n", Count(errors, "error", "errors"));
  }
  return text;
}

}  // namespace tidewaiter
