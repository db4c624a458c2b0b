#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/fields.h"

// A policy's documentation, for the analyst who gets the alert: Palantir's Alerting and Detection
// Strategy, as fields.
namespace tidewaiter {

enum class Severity { kInfo, kLow, kMedium, kHigh, kCritical };
std::string_view SeverityName(Severity severity);  // "high"
Words<Severity> WordsOf(Severity);

enum class DetectionStatus { kDraft, kTest, kProduction };
Words<DetectionStatus> WordsOf(DetectionStatus);

// What MITRE ATT&CK calls it: "TA0004 Privilege Escalation", "T1611 Escape to Host".
struct Technique {
  std::string tactic;
  std::string technique;
};

struct Categorization {
  std::string attack_version;  // of ATT&CK: "18"
  std::vector<Technique> techniques;
  std::vector<std::string> seeds;  // the patterns that it answers: A9, B18
};

struct FalsePositive {
  std::string what;
  std::string recognise;
  std::string handle;
};

struct PriorityCriterion {
  std::string when;
  Severity level = Severity::kMedium;
};

struct Priority {
  Severity usual = Severity::kMedium;
  std::vector<PriorityCriterion> criteria;
};

// Steps for the responder, by what happened to the request.
struct ResponseSteps {
  std::vector<std::string> denied;
  std::vector<std::string> admitted;
};

struct Detection {
  std::string id;  // PRV-001; several policies may share one
  DetectionStatus status = DetectionStatus::kDraft;
  std::string goal;
  Categorization categorization;
  std::string strategy;
  std::string technical_context;
  std::vector<std::string> blind_spots;
  std::vector<std::string> assumptions;
  std::vector<FalsePositive> false_positives;
  std::vector<std::string> validation;  // suite/case
  Priority priority;
  ResponseSteps response;
  std::vector<std::string> references;
};
const std::vector<Field<Detection>>& FieldsOf(const Detection*);

// What the table cannot say of a detection, whether or not it could be read: the form of ids, and
// that with `status: production` all of it but `references` is filled.
void CheckDetection(const YamlNode& node, const Detection& detection, YamlContext& context);

}  // namespace tidewaiter
