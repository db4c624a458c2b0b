#include <fmt/core.h>

#include "webhook/base/text.h"
#include "webhook/cli/report/report.h"

namespace tidewaiter {
namespace {

std::string Painted(EnforcementAction action, bool color) {
  const std::string_view code = action == EnforcementAction::kDeny   ? "31;1"
                                : action == EnforcementAction::kWarn ? "33;1"
                                                                     : "36";
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", code, ActionName(action))
               : std::string(ActionName(action));
}

}  // namespace

std::string TextReport(const Report& report, bool color) {
  std::string text;
  for (const ReportedFile& file : report.files) {
    for (const ReportedObject& object : file.objects) {
      for (const auto& [finding, location, character, snippet] : object.findings) {
        text += fmt::format("{}: {}: {}: {}: {}{}\n{}", PrintableText(FormatLocation(location)),
                            Painted(finding.action, color), finding.policy->name,
                            ObjectTitle(object), finding.violation.message,
                            finding.unchanged ? " (unchanged)" : "", snippet);
      }
    }
  }
  return text + SummaryText(report);
}

}  // namespace tidewaiter
