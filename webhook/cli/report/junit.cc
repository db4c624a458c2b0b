#include <fmt/core.h>

#include "webhook/cli/report/junit_xml.h"
#include "webhook/cli/report/report.h"

// A test suite for each file, a test case for each object. What fails the command fails the case;
// other findings are its output. A file that cannot be read is a case with an error.
namespace tidewaiter {
namespace {

std::string Line(const ReportedFinding& found) {
  const Finding& finding = found.finding;
  return fmt::format("{}: {}: {}: {}; {}", FormatLocation(found.location),
                     ActionName(finding.action), finding.policy->name, finding.violation.message,
                     AdviceOf(finding));
}

JunitCase Case(const Report& report, const ReportedFile& file, const ReportedObject& object) {
  JunitCase one;
  one.class_name = one.file = file.name;
  one.name = fmt::format("{} {}{}{}", object.kind, object.name_space,
                         object.name_space.empty() ? "" : "/", object.name);
  one.line = object.location.line;
  for (const ReportedFinding& found : object.findings) {
    if (!report.Fails(found.finding)) {
      one.output.push_back(Line(found));
      continue;
    }
    if (!one.failure) {
      one.failure = {
          "policy", found.finding.policy->name + ": " + found.finding.violation.message, {}};
    }
    one.failure->lines.push_back(Line(found));
  }
  if (one.failure && one.failure->lines.size() > 1) {
    one.failure->message += fmt::format(" (and {} more)", one.failure->lines.size() - 1);
  }
  return one;
}

JunitCase ErrorCase(const ReportedFile& file) {
  JunitCase one;
  one.class_name = one.file = file.name;
  one.name = "can be judged";
  one.error = InputProblem(file.diagnostics);
  return one;
}

}  // namespace

std::string JunitReport(const Report& report) {
  std::vector<JunitSuite> suites;
  for (const ReportedFile& file : report.files) {
    JunitSuite& suite = suites.emplace_back();
    suite.name = file.name;
    if (file.diagnostics.HasErrors()) suite.cases.push_back(ErrorCase(file));
    for (const ReportedObject& object : file.objects) {
      suite.cases.push_back(Case(report, file, object));
    }
  }
  return JunitXml(suites);
}

}  // namespace tidewaiter
