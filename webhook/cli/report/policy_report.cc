#include <algorithm>
#include <map>
#include <utility>

#include "webhook/base/json.h"
#include "webhook/base/yaml.h"
#include "webhook/cli/report/report.h"

// PolicyReports of the Policy WG (wgpolicyk8s.io/v1alpha2), which dashboards read: one for each
// namespace, and a ClusterPolicyReport for what is in none, in one List. A finding that refuses is
// "fail"; one that only warns or records is "warn", which the API means for rules that are not
// scored. An object without findings is one "pass", under no policy's name. There is no place for
// an object that cannot be read: it is an error on standard error, and exit code 2.
namespace tidewaiter {
namespace {

using Objects = std::vector<const ReportedObject*>;

std::string_view ResultOf(EnforcementAction action) {
  if (action == EnforcementAction::kAllow) return "skip";
  return action == EnforcementAction::kDeny ? "fail" : "warn";
}

void WriteResource(const ReportedObject& object, JsonWriter& json) {
  json.Key("resources");
  json.StartArray();
  json.StartObject();
  json.Member("apiVersion", object.api_version);
  json.Member("kind", object.kind);
  if (!object.name_space.empty()) json.Member("namespace", object.name_space);
  json.Member("name", object.name);
  json.EndObject();
  json.EndArray();
}

void WriteFinding(const ReportedObject& object, const ReportedFinding& found, JsonWriter& json) {
  const Finding& finding = found.finding;
  json.StartObject();
  json.Member("source", "tidewaiter");
  json.Member("policy", finding.policy->name);
  json.Member("rule", finding.policy->check_id);
  json.Member("result", ResultOf(finding.action));
  json.Member("scored", finding.action == EnforcementAction::kDeny);
  json.Member("severity", SeverityName(finding.policy->severity));
  json.Member("message", finding.violation.message);
  WriteResource(object, json);
  json.Key("properties");  // all of them strings
  json.StartObject();
  json.Member("action", ActionName(finding.action));
  json.Member("would", ActionName(finding.would));
  json.Member("field", finding.violation.field);
  json.Member("location", FormatLocation(found.location));
  json.Member("fix", finding.policy->fix);
  if (finding.exception != nullptr) json.Member("exception", finding.exception->name);
  json.EndObject();
  json.EndObject();
}

void WritePass(const ReportedObject& object, JsonWriter& json) {
  json.StartObject();
  json.Member("source", "tidewaiter");
  json.Member("policy", "all");
  json.Member("result", "pass");
  json.Member("scored", true);
  WriteResource(object, json);
  json.EndObject();
}

void WriteSummary(const Objects& objects, JsonWriter& json) {
  std::map<std::string_view, std::int64_t> counts = {
      {"pass", 0}, {"fail", 0}, {"warn", 0}, {"error", 0}, {"skip", 0}};
  for (const ReportedObject* const object : objects) {
    if (object->findings.empty()) ++counts["pass"];
    for (const ReportedFinding& found : object->findings) ++counts[ResultOf(found.finding.action)];
  }
  json.StartObject();
  for (const auto& [result, count] : counts) json.Member(result, count);
  json.EndObject();
}

void WriteReport(const std::string& name_space, const Objects& objects, JsonWriter& json) {
  json.StartObject();
  json.Member("apiVersion", "wgpolicyk8s.io/v1alpha2");
  json.Member("kind", name_space.empty() ? "ClusterPolicyReport" : "PolicyReport");
  json.Key("metadata");
  json.StartObject();
  json.Member("name", "tidewaiter-check");
  if (!name_space.empty()) json.Member("namespace", name_space);
  json.EndObject();
  json.Key("summary");
  WriteSummary(objects, json);
  json.Key("results");
  json.StartArray();
  for (const ReportedObject* const object : objects) {
    if (object->findings.empty()) WritePass(*object, json);
    for (const ReportedFinding& found : object->findings) WriteFinding(*object, found, json);
  }
  json.EndArray();
  json.EndObject();
}

}  // namespace

std::string PolicyReportList(const Report& report) {
  std::map<std::string, Objects> by_namespace;
  for (const ReportedFile& file : report.files) {
    for (const ReportedObject& object : file.objects) {
      by_namespace[object.name_space].push_back(&object);
    }
  }
  JsonWriter json;
  json.StartObject();
  json.Member("apiVersion", "v1");
  json.Member("kind", "List");
  json.Key("items");
  json.StartArray();
  for (const auto& [name_space, objects] : by_namespace) WriteReport(name_space, objects, json);
  json.EndArray();
  json.EndObject();
  return JsonToYaml(std::string(json.text()));
}

}  // namespace tidewaiter
