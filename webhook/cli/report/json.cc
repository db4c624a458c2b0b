
#include "webhook/base/json.h"
#include "webhook/base/yaml.h"
#include "webhook/cli/report/report.h"
#include "webhook/evidence/decision_record.h"

namespace tidewaiter {
namespace {

void WriteCount(std::string_view key, std::size_t value, JsonWriter& json) {
  json.Member(key, static_cast<std::int64_t>(value));
}

void WritePlace(const SourceLocation& where, JsonWriter& json) {
  json.Member("line", std::int64_t{where.line});
  json.Member("column", std::int64_t{where.column});
}

void WriteObject(const ReportedFile& file, const ReportedObject& object, JsonWriter& json) {
  json.StartObject();
  json.Member("file", file.name);
  json.Member("line", std::int64_t{object.location.line});
  json.Member("kind", object.kind);
  json.Member("namespace", object.name_space);
  json.Member("name", object.name);
  json.Member("allowed", object.allowed);
  json.Member("action", ActionName(object.action));
  json.Member("would", ActionName(object.would));
  json.Key("findings");
  json.StartArray();
  for (const ReportedFinding& found : object.findings) {
    json.StartObject();
    WriteFindingMembers(found.finding, json);
    WritePlace(found.location, json);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void WriteSummary(const Report& report, JsonWriter& json) {
  json.StartObject();
  WriteCount("objects", report.Objects(), json);
  WriteCount("policies", report.policies->policies.size(), json);
  WriteCount("skippedPolicies", report.skipped_policies, json);
  WriteCount("deny", report.CountOf(EnforcementAction::kDeny), json);
  WriteCount("warn", report.CountOf(EnforcementAction::kWarn), json);
  WriteCount("audit", report.CountOf(EnforcementAction::kAudit), json);
  WriteCount("errors", report.Errors(), json);
  json.EndObject();
}

void WriteDiagnostics(const ReportedFile& file, JsonWriter& json) {
  for (const Diagnostic& diagnostic : file.diagnostics.all()) {
    WriteDiagnostic(diagnostic, FileOf(diagnostic, file), json);
  }
}

}  // namespace

void WriteDiagnostic(const Diagnostic& diagnostic, const std::string& file, JsonWriter& json) {
  json.StartObject();
  json.Member("file", file);
  WritePlace(diagnostic.location, json);
  json.Member("severity", diagnostic.severity == DiagnosticSeverity::kError ? "error" : "warning");
  json.Member("message", diagnostic.message);
  json.EndObject();
}

std::string JsonReport(const Report& report) {
  JsonWriter json;
  json.StartObject();
  json.Key("objects");
  json.StartArray();
  for (const ReportedFile& file : report.files) {
    for (const ReportedObject& object : file.objects) WriteObject(file, object, json);
  }
  json.EndArray();
  json.Key("summary");
  WriteSummary(report, json);
  json.Key("diagnostics");
  json.StartArray();
  for (const ReportedFile& file : report.files) WriteDiagnostics(file, json);
  json.EndArray();
  json.EndObject();
  return std::string(json.text()) + "\n";
}

std::string YamlReport(const Report& report) { return JsonToYaml(JsonReport(report)); }

}  // namespace tidewaiter
