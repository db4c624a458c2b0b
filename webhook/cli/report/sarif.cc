#include <fmt/core.h>

#include <filesystem>
#include <map>
#include <system_error>

#include "webhook/base/digest.h"
#include "webhook/base/json.h"
#include "webhook/base/text.h"
#include "webhook/cli/report/report.h"
#include "webhook/evidence/decision_record.h"

// SARIF 2.1.0 (OASIS): one run, a rule for each policy, a result for each finding, and what could
// not be read as notifications of the tool.
namespace tidewaiter {
namespace {

std::string_view LevelOf(EnforcementAction action) {
  if (action == EnforcementAction::kDeny) return "error";
  return action == EnforcementAction::kWarn ? "warning" : "note";
}

// GitHub's scale: above 9.0 critical, 7.0 high, 4.0 medium.
std::string_view SecuritySeverity(Severity severity) {
  switch (severity) {
    case Severity::kCritical:
      return "9.5";
    case Severity::kHigh:
      return "8.0";
    case Severity::kMedium:
      return "5.5";
    case Severity::kLow:
      return "3.0";
    case Severity::kInfo:
      return "1.0";
  }
  return "";
}

// RFC 3986: what is neither unreserved nor the separator of a path stands in percent signs. A file
// below the working directory is relative to it, as code scanners want it.
std::string UriOf(const std::string& file) {
  std::filesystem::path path = std::filesystem::path(file).lexically_normal();
  if (path.is_absolute()) {
    std::error_code ignored;
    const std::filesystem::path below =
        path.lexically_relative(std::filesystem::current_path(ignored));
    if (!below.empty() && *below.begin() != "..") path = below;
  }
  std::string uri = path.is_absolute() ? "file://" : "";
  for (const char c : path.string()) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') ||
                            std::string_view("-._~/").find(c) != std::string_view::npos;
    uri += unreserved ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

void WriteText(std::string_view key, std::string_view text, JsonWriter& json) {
  json.Key(key);
  json.StartObject();
  json.Member("text", text);
  json.EndObject();
}

// The place in a file, with the column if it is known.
void WriteLocations(const std::string& file, int line, int character, JsonWriter& json) {
  json.Key("locations");
  json.StartArray();
  json.StartObject();
  json.Key("physicalLocation");
  json.StartObject();
  json.Key("artifactLocation");
  json.StartObject();
  json.Member("uri", UriOf(file));
  json.EndObject();
  if (line > 0) {
    json.Key("region");
    json.StartObject();
    json.Member("startLine", std::int64_t{line});
    if (character > 0) json.Member("startColumn", std::int64_t{character});
    json.EndObject();
  }
  json.EndObject();
  json.EndObject();
  json.EndArray();
}

void WriteRule(const Policy& policy, std::span<const CheckKind> checks, JsonWriter& json) {
  std::string summary = policy.check_id;
  for (const CheckKind& check : checks) {
    if (check.id == policy.check_id) summary = check.summary;
  }
  json.StartObject();
  json.Member("id", policy.name);
  WriteText("shortDescription", summary, json);
  json.Key("help");
  json.StartObject();
  const std::string contact = policy.contact.empty() ? "" : " Contact: " + policy.contact + ".";
  json.Member("text", fmt::format("Fix: {}.{} `tidewaiter explain {}` tells more.", policy.fix,
                                  contact, policy.name));
  json.EndObject();
  json.Key("defaultConfiguration");
  json.StartObject();
  json.Member("level", LevelOf(policy.action));
  json.EndObject();
  json.Key("properties");
  json.StartObject();
  json.Member("check", policy.check_id);
  json.Member("severity", SeverityName(policy.severity));
  json.Member("security-severity", SecuritySeverity(policy.severity));
  json.Key("tags");
  json.StartArray();
  json.String("security");
  json.EndArray();
  json.EndObject();
  json.EndObject();
}

void WriteSuppression(const PolicyException& exception, JsonWriter& json) {
  json.Key("suppressions");
  json.StartArray();
  json.StartObject();
  json.Member("kind", "external");
  json.Member("justification", fmt::format("{}: {}", exception.name, exception.reason));
  json.EndObject();
  json.EndArray();
}

// Writes the results, and knows what those before were.
class Results {
 public:
  explicit Results(const PolicySet& policies) {
    for (std::size_t i = 0; i < policies.policies.size(); ++i) {
      indices_[policies.policies[i].name] = static_cast<std::int64_t>(i);
    }
  }

  void Write(const ReportedObject& object, const ReportedFinding& found, JsonWriter& json) {
    const Finding& finding = found.finding;
    json.StartObject();
    json.Member("ruleId", finding.policy->name);
    json.Member("ruleIndex", indices_[finding.policy->name]);
    json.Member("level", LevelOf(finding.action));
    WriteText("message",
              fmt::format("{}: {}; {}", ObjectTitle(object), finding.violation.message,
                          AdviceOf(finding)),
              json);
    WriteLocations(found.location.file, found.location.line, found.character, json);
    if (finding.exception != nullptr) WriteSuppression(*finding.exception, json);
    json.Key("partialFingerprints");
    json.StartObject();
    json.Member("violation/v1", Fingerprint(object, found));
    json.EndObject();
    json.Key("properties");  // as in the decision log
    json.StartObject();
    WriteFindingMembers(finding, json);
    json.EndObject();
    json.EndObject();
  }

 private:
  // What makes a finding the same one when lines move: policy, file, object, container and value.
  // The number behind it tells equal ones apart.
  std::string Fingerprint(const ReportedObject& object, const ReportedFinding& found) {
    const std::string uri = UriOf(found.location.file);
    std::string identity;
    for (const std::string_view part :
         {std::string_view(found.finding.policy->name), std::string_view(uri),
          std::string_view(object.kind), std::string_view(object.name_space),
          std::string_view(object.name), std::string_view(found.finding.violation.container),
          std::string_view(found.finding.violation.identity)}) {
      identity += fmt::format("{}:{}", part.size(), part);
    }
    const std::string digest = Sha256Hex(identity).substr(0, 32);
    return fmt::format("{}:{}", digest, ++seen_[digest]);
  }

  std::map<std::string, std::int64_t> indices_;
  std::map<std::string, int> seen_;
};

void WriteNotifications(const Report& report, JsonWriter& json) {
  json.StartArray();
  for (const ReportedFile& file : report.files) {
    for (const Diagnostic& diagnostic : file.diagnostics.all()) {
      const bool is_error = diagnostic.severity == DiagnosticSeverity::kError;
      json.StartObject();
      json.Member("level", is_error ? "error" : "warning");
      WriteText("message", diagnostic.message, json);
      WriteLocations(FileOf(diagnostic, file), diagnostic.location.line, 0, json);
      json.EndObject();
    }
  }
  json.EndArray();
}

void WriteDriver(const Report& report, JsonWriter& json) {
  json.StartObject();
  json.Member("name", "Tidewaiter");
  json.Member("version", report.version);
  json.Key("rules");
  json.StartArray();
  for (const Policy& policy : report.policies->policies) WriteRule(policy, report.checks, json);
  json.EndArray();
  json.EndObject();
}

}  // namespace

std::string SarifReport(const Report& report) {
  JsonWriter json;
  json.StartObject();
  json.Member("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  json.Member("version", "2.1.0");
  json.Key("runs");
  json.StartArray();
  json.StartObject();
  json.Key("tool");
  json.StartObject();
  json.Key("driver");
  WriteDriver(report, json);
  json.EndObject();
  json.Member("columnKind", "unicodeCodePoints");
  json.Key("invocations");
  json.StartArray();
  json.StartObject();
  json.Member("executionSuccessful", report.Errors() == 0);
  json.Key("toolExecutionNotifications");
  WriteNotifications(report, json);
  json.EndObject();
  json.EndArray();
  json.Key("results");
  json.StartArray();
  Results results(*report.policies);
  for (const ReportedFile& file : report.files) {
    for (const ReportedObject& object : file.objects) {
      for (const ReportedFinding& found : object.findings) results.Write(object, found, json);
    }
  }
  json.EndArray();
  json.EndObject();
  json.EndArray();
  json.EndObject();
  return std::string(json.text()) + "\n";
}

}  // namespace tidewaiter
