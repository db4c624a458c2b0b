#include "webhook/cli/report/suite_report.h"

#include <fmt/core.h>

#include "webhook/base/json.h"
#include "webhook/base/text.h"
#include "webhook/cli/report/junit_xml.h"
#include "webhook/cli/report/report.h"
#include "webhook/evidence/decision_record.h"

namespace tidewaiter {
namespace {

// A finding as a suite expects it.
std::string Written(std::string_view policy, std::string_view field, std::string_view exception) {
  std::string text = fmt::format("{{policy: {}", policy);
  if (!field.empty()) text += ", field: " + Quote(field);
  if (!exception.empty()) text += fmt::format(", exception: {}", exception);
  return text + "}";
}

std::string Written(const ExpectedFinding& finding) {
  return Written(finding.policy.name, finding.field.value_or(""),
                 finding.exception ? finding.exception->name : "");
}

std::string Written(const Finding& finding) {
  return Written(finding.policy->name, finding.violation.field,
                 finding.exception != nullptr ? finding.exception->name : "") +
         "  # " + PrintableText(finding.violation.message);
}

// How what came differs from what was expected.
std::vector<std::string> Differences(const CaseResult& result) {
  std::vector<std::string> lines;
  const Decision& decision = result.decision;
  if (!decision.error.empty()) lines.push_back("+ error: " + PrintableText(decision.error));
  if (decision.action != result.tried->expect.action) {
    lines.push_back(fmt::format("- action: {}", ActionName(result.tried->expect.action)));
    lines.push_back(fmt::format("+ action: {}", ActionName(decision.action)));
  }
  for (const ExpectedFinding& finding : result.missing) lines.push_back("- " + Written(finding));
  for (const Finding& finding : result.unexpected) lines.push_back("+ " + Written(finding));
  return lines;
}

std::string TextOf(const Suite& suite, const CaseResult& result) {
  const CaseOutcome outcome = result.Outcome();
  if (outcome == CaseOutcome::kPassed) return "";
  std::string text =
      fmt::format("{}: {}: {}: {}\n", PrintableText(FormatLocation(result.tried->location)),
                  OutcomeName(outcome), suite.name, PrintableText(result.tried->name));
  if (outcome == CaseOutcome::kError) return text + result.diagnostics.Render();
  for (const std::string& line : Differences(result)) text += "  " + line + "\n";
  return text;
}

void WriteCase(const Suite& suite, const CaseResult& result, JsonWriter& json) {
  const SuiteCase& tried = *result.tried;
  const bool is_judged = result.Outcome() != CaseOutcome::kError;
  json.StartObject();
  json.Member("suite", suite.name);
  json.Member("name", tried.name);
  json.Member("file", tried.location.file);
  json.Member("line", std::int64_t{tried.location.line});
  json.Member("column", std::int64_t{tried.location.column});
  json.Member("outcome", OutcomeName(result.Outcome()));
  json.Member("expected", ActionName(tried.expect.action));
  json.Member("action", is_judged ? ActionName(result.decision.action) : "");
  json.Member("error", result.decision.error);
  json.Key("missing");
  json.StartArray();
  for (const ExpectedFinding& finding : result.missing) {
    json.StartObject();
    json.Member("policy", finding.policy.name);
    json.Member("field", finding.field.value_or(""));
    json.Member("exception", finding.exception ? finding.exception->name : "");
    json.EndObject();
  }
  json.EndArray();
  json.Key("unexpected");
  json.StartArray();
  for (const Finding& finding : result.unexpected) {
    json.StartObject();
    WriteFindingMembers(finding, json);
    json.EndObject();
  }
  json.EndArray();
  json.Key("diagnostics");
  json.StartArray();
  for (const Diagnostic& diagnostic : result.diagnostics.all()) {
    WriteDiagnostic(diagnostic, diagnostic.location.file, json);
  }
  json.EndArray();
  json.EndObject();
}

JunitCase JunitOf(const Suite& suite, const CaseResult& result) {
  JunitCase one;
  one.class_name = suite.name;
  one.name = result.tried->name;
  one.file = result.tried->location.file;
  one.line = result.tried->location.line;
  if (result.Outcome() == CaseOutcome::kError) one.error = InputProblem(result.diagnostics);
  if (result.Outcome() == CaseOutcome::kFailed) {
    one.failure = {
        "expectation",
        fmt::format("expected {}, got {}; {} missing, {} not expected",
                    ActionName(result.tried->expect.action),
                    result.decision.error.empty() ? ActionName(result.decision.action)
                                                  : result.decision.error,
                    Count(result.missing.size(), "finding", "findings"), result.unexpected.size()),
        Differences(result)};
  }
  return one;
}

}  // namespace

std::size_t SuiteReport::Cases() const {
  std::size_t count = 0;
  for (const SuiteResult& suite : suites) count += suite.cases.size();
  return count;
}

std::size_t SuiteReport::CountOf(CaseOutcome outcome) const {
  std::size_t count = 0;
  for (const SuiteResult& suite : suites) {
    for (const CaseResult& result : suite.cases) count += result.Outcome() == outcome ? 1 : 0;
  }
  return count;
}

std::string SummaryText(const SuiteReport& report) {
  std::string text =
      fmt::format("{}, {}: {} passed, {} failed", Count(report.suites.size(), "suite", "suites"),
                  Count(report.Cases(), "case", "cases"), report.CountOf(CaseOutcome::kPassed),
                  report.CountOf(CaseOutcome::kFailed));
  const std::size_t errors = report.CountOf(CaseOutcome::kError);
  if (errors > 0) text += fmt::format(", {} could not be judged", errors);
  return text + "\n";
}

std::string TextReport(const SuiteReport& report) {
  std::string text;
  for (const SuiteResult& suite : report.suites) {
    for (const CaseResult& result : suite.cases) text += TextOf(*suite.suite, result);
  }
  return text + SummaryText(report);
}

std::string JsonReport(const SuiteReport& report) {
  JsonWriter json;
  const auto count = [&](std::string_view key, std::size_t value) {
    json.Member(key, static_cast<std::int64_t>(value));
  };
  json.StartObject();
  json.Key("cases");
  json.StartArray();
  for (const SuiteResult& suite : report.suites) {
    for (const CaseResult& result : suite.cases) WriteCase(*suite.suite, result, json);
  }
  json.EndArray();
  json.Key("summary");
  json.StartObject();
  count("suites", report.suites.size());
  count("cases", report.Cases());
  count("passed", report.CountOf(CaseOutcome::kPassed));
  count("failed", report.CountOf(CaseOutcome::kFailed));
  count("errors", report.CountOf(CaseOutcome::kError));
  json.EndObject();
  json.EndObject();
  return std::string(json.text()) + "\n";
}

std::string JunitReport(const SuiteReport& report) {
  std::vector<JunitSuite> suites;
  for (const SuiteResult& suite : report.suites) {
    JunitSuite& written = suites.emplace_back();
    written.name = suite.suite->name;
    for (const CaseResult& result : suite.cases) {
      written.cases.push_back(JunitOf(*suite.suite, result));
    }
  }
  return JunitXml(suites);
}

}  // namespace tidewaiter
