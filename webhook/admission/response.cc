#include "webhook/admission/response.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>

#include "webhook/base/json.h"
#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

constexpr std::size_t kMessageBytes = 2048;
constexpr std::size_t kFindingBytes = 640;
constexpr std::size_t kTailBytes = 160;  // kept free for the decision's id and "... and N more"
constexpr std::size_t kWarnings = 10;
constexpr std::size_t kWarningRunes = 120;
constexpr std::size_t kAnnotationBytes = 1024;

std::string Sentence(const Finding& finding) {
  std::string text = fmt::format("[{}] {} ({})", finding.policy->name, finding.violation.message,
                                 PrintableText(finding.violation.field));
  if (!finding.policy->contact.empty()) text += "; ask " + PrintableText(finding.policy->contact);
  return text.size() <= kFindingBytes ? text
                                      : std::string(CutToBytes(text, kFindingBytes - 3)) + "...";
}

std::vector<const Finding*> WithAction(const Decision& decision, EnforcementAction action) {
  std::vector<const Finding*> findings;
  for (const Finding& finding : decision.findings) {
    if (finding.action == action) findings.push_back(&finding);
  }
  return findings;
}

// Every refusing finding that fits, then the decision's id; "... and N more" for the rest.
std::string DenialMessage(const Decision& decision) {
  const std::vector<const Finding*> findings = WithAction(decision, EnforcementAction::kDeny);
  std::string message;
  std::size_t shown = 0;
  for (const Finding* finding : findings) {
    const std::string sentence = Sentence(*finding);
    if (message.size() + sentence.size() + kTailBytes > kMessageBytes) break;
    if (!message.empty()) message += "; ";
    message += sentence;
    ++shown;
  }
  message += fmt::format(". decision {}", decision.id);
  if (shown < findings.size()) message += fmt::format(" ... and {} more", findings.size() - shown);
  return message;
}

std::vector<std::string> Warnings(const Decision& decision) {
  const std::vector<const Finding*> findings = WithAction(decision, EnforcementAction::kWarn);
  std::vector<std::string> warnings;
  for (const Finding* finding : findings) {
    if (warnings.size() + 1 == kWarnings && findings.size() > kWarnings) {
      warnings.push_back(fmt::format("... and {} more", findings.size() - warnings.size()));
      break;
    }
    warnings.push_back(CutToRunes(
        fmt::format("[{}] {}", finding->policy->name, finding->violation.message), kWarningRunes));
  }
  return warnings;
}

// Each policy once; "..." in place of those that do not fit, never a part of a name.
std::string PolicyNames(const Decision& decision) {
  constexpr std::string_view kMore = "...";
  std::vector<std::string_view> names;
  std::string text;
  for (const Finding& finding : decision.findings) {
    const std::string_view name = finding.policy->name;
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    if (text.size() + name.size() + 1 + kMore.size() > kAnnotationBytes) {
      text += kMore;
      break;
    }
    names.push_back(name);
    text += name;
    text += ',';
  }
  if (text.ends_with(',')) text.pop_back();
  return text;
}

}  // namespace

AdmissionResponse Respond(std::string_view uid, const Decision& decision) {
  AdmissionResponse response;
  response.uid = uid;
  response.allowed = decision.allowed;
  response.warnings = Warnings(decision);
  if (!decision.error.empty() && decision.allowed) {
    response.warnings.push_back(CutToRunes("tidewaiter: " + decision.error, kWarningRunes));
  } else if (!decision.error.empty()) {
    response.code = decision.error_status;
    response.reason = decision.error_status == 400 ? "BadRequest" : "InternalError";
    const std::string error = PrintableText(decision.error);
    response.message =
        fmt::format("{}. decision {}", CutToBytes(error, kMessageBytes - kTailBytes), decision.id);
  } else if (!decision.allowed) {
    response.code = 403;
    response.reason = "Forbidden";
    response.message = DenialMessage(decision);
  }
  response.audit_annotations = {
      {"decision-id", decision.id},
      {"action", std::string(ActionName(decision.action))},
      {"would", std::string(ActionName(decision.would))},
      {"revision",
       std::string(CutToBytes(FormatRevision(decision.policy_revision), kAnnotationBytes))}};
  if (!decision.findings.empty()) {
    response.audit_annotations.emplace_back("policies", PolicyNames(decision));
  }
  return response;
}

std::string ToJson(const AdmissionResponse& response) {
  JsonWriter json;
  json.StartObject();
  json.Member("apiVersion", "admission.k8s.io/v1");
  json.Member("kind", "AdmissionReview");
  json.Key("response");
  json.StartObject();
  json.Member("uid", response.uid);
  json.Member("allowed", response.allowed);
  if (!response.allowed) {
    json.Key("status");
    json.StartObject();
    json.Member("code", static_cast<std::int64_t>(response.code));
    json.Member("reason", response.reason);
    json.Member("message", response.message);
    json.EndObject();
  }
  if (!response.warnings.empty()) {
    json.Key("warnings");
    json.StartArray();
    for (const std::string& warning : response.warnings) json.String(warning);
    json.EndArray();
  }
  json.Key("auditAnnotations");
  json.StartObject();
  for (const auto& [key, value] : response.audit_annotations) json.Member(key, value);
  json.EndObject();
  json.EndObject();
  json.EndObject();
  return std::string(json.text());
}

}  // namespace tidewaiter
