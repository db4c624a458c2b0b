#include <fmt/core.h>

#include "webhook/base/text.h"
#include "webhook/cli/report/report.h"

// Workflow commands, which GitHub Actions turns into annotations of lines:
//   ::error file=a.yaml,line=14,col=9,title=privileged-containers::Pod/web: container "app" ...
namespace tidewaiter {
namespace {

// What would end a message or a property is written in percent signs, so that no name in a manifest
// becomes a command of its own.
std::string Escaped(std::string_view text, bool in_property) {
  std::string out;
  for (const char c : text) {
    const bool escape =
        c == '%' || c == '\n' || c == '\r' || (in_property && (c == ':' || c == ','));
    out += escape ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

struct Annotation {
  std::string_view command;  // error, warning or notice
  std::string file;
  int line = 0;
  int column = 0;
  std::string title;
  std::string message;
};

std::string ToString(const Annotation& annotation) {
  std::string text =
      fmt::format("::{} file={}", annotation.command, Escaped(annotation.file, true));
  if (annotation.line > 0) text += fmt::format(",line={}", annotation.line);
  if (annotation.column > 0) text += fmt::format(",col={}", annotation.column);
  return text + fmt::format(",title={}::{}\n", Escaped(annotation.title, true),
                            Escaped(annotation.message, false));
}

std::string_view CommandOf(EnforcementAction action) {
  if (action == EnforcementAction::kDeny) return "error";
  return action == EnforcementAction::kWarn ? "warning" : "notice";
}

}  // namespace

std::string GithubReport(const Report& report) {
  std::string text;
  for (const ReportedFile& file : report.files) {
    for (const Diagnostic& diagnostic : file.diagnostics.all()) {
      const bool is_error = diagnostic.severity == DiagnosticSeverity::kError;
      text += ToString({is_error ? "error" : "warning", FileOf(diagnostic, file),
                        diagnostic.location.line, diagnostic.location.column, "tidewaiter",
                        diagnostic.message});
    }
    for (const ReportedObject& object : file.objects) {
      for (const ReportedFinding& found : object.findings) {
        const Finding& finding = found.finding;
        text += ToString({CommandOf(finding.action), found.location.file, found.location.line,
                          found.character, finding.policy->name,
                          fmt::format("{}: {}\n{}", ObjectTitle(object), finding.violation.message,
                                      AdviceOf(finding))});
      }
    }
  }
  return text + SummaryText(report);
}

}  // namespace tidewaiter
