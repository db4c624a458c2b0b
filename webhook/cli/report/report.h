#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/admission/decision.h"
#include "webhook/base/diagnostic.h"
#include "webhook/base/json.h"
#include "webhook/checks/registry.h"
#include "webhook/policy/policy.h"

namespace tidewaiter {

struct ReportedFinding {
  Finding finding;
  SourceLocation location;
  int character = 0;    // the location's column in code points, from 1
  std::string snippet;  // the line, a caret, and what to do; empty if the text has no such line
};

struct ReportedObject {
  SourceLocation location;  // where it begins
  std::string api_version;
  std::string kind;
  std::string name_space;
  std::string name;
  bool allowed = true;
  EnforcementAction action = EnforcementAction::kAllow;
  EnforcementAction would = EnforcementAction::kAllow;
  std::vector<ReportedFinding> findings;
};

// A file, or what was given as one and cannot be read.
struct ReportedFile {
  std::string name;
  Diagnostics diagnostics;
  std::vector<ReportedObject> objects;
  bool has_manifests = false;  // not only recorded reviews
};

// What `check` has found: everything that its outputs are made of. The texts of the files are not
// in it, so that ten thousand clean manifests take no room.
struct Report {
  std::vector<ReportedFile> files;  // in the order in which they were given
  std::shared_ptr<const PolicySet> policies;
  std::shared_ptr<const PolicySet> manifest_policies;  // those that can be asked about a manifest
  std::span<const CheckKind> checks;                   // those that the policies name
  std::size_t skipped_policies = 0;  // not asked about manifests: no user was given
  EnforcementAction fail_on = EnforcementAction::kDeny;  // kAllow: no finding fails
  std::chrono::milliseconds duration{0};
  std::string version;  // of the program

  std::size_t Objects() const;
  std::size_t Errors() const;
  std::size_t CountOf(EnforcementAction action) const;  // findings
  bool Fails(const Finding& finding) const;
  bool HasFailures() const;
};

// What there is to do about a finding: "fix: set it to false", or which exception excuses it.
std::string AdviceOf(const Finding& finding);

// "Pod/web", fit to print.
std::string ObjectTitle(const ReportedObject& object);

// The file of a diagnostic: it may have no place of its own.
const std::string& FileOf(const Diagnostic& diagnostic, const ReportedFile& file);

// A diagnostic of a file as JSON: {"file", "line", "column", "severity", "message"}.
void WriteDiagnostic(const Diagnostic& diagnostic, const std::string& file, JsonWriter& json);

// "1 object, 27 policies: 1 deny, 2 warn, 0 audit in 3 ms", and what more there is to say.
std::string SummaryText(const Report& report);

// The outputs, each in the file of its name.
std::string TextReport(const Report& report, bool color);
std::string JsonReport(const Report& report);        // design of `check -o json`, one line
std::string YamlReport(const Report& report);        // the same document
std::string SarifReport(const Report& report);       // SARIF 2.1.0
std::string JunitReport(const Report& report);       // JUnit's XML, as CI systems read it
std::string GithubReport(const Report& report);      // workflow commands of GitHub Actions
std::string PolicyReportList(const Report& report);  // wgpolicyk8s.io/v1alpha2, as YAML

}  // namespace tidewaiter
