#include "webhook/policy/detection.h"

#include <algorithm>

namespace tidewaiter {

static const std::vector<Field<Technique>>& FieldsOf(const Technique*) {
  static const std::vector<Field<Technique>> kFields = {
      {"tactic", "TA0004 Privilege Escalation", kRequired, &Technique::tactic,
       TextShape("^TA[0-9]{4} .")},
      {"technique", "T1611 Escape to Host", kRequired, &Technique::technique,
       TextShape("^T[0-9]{4}([.][0-9]{3})? .")},
  };
  return kFields;
}

static const std::vector<Field<Categorization>>& FieldsOf(const Categorization*) {
  static const std::vector<Field<Categorization>> kFields = {
      {"attackVersion", "the version of MITRE ATT&CK", kOptional, &Categorization::attack_version},
      {"techniques", "its tactics and techniques", kOptional, &Categorization::techniques},
      {"seeds", "the patterns of behaviour that it answers", kOptional, &Categorization::seeds},
  };
  return kFields;
}

static const std::vector<Field<FalsePositive>>& FieldsOf(const FalsePositive*) {
  static const std::vector<Field<FalsePositive>> kFields = {
      {"what", "what is harmless and looks like it", kRequired, &FalsePositive::what},
      {"recognise", "how it is told apart", kRequired, &FalsePositive::recognise},
      {"handle", "what to do with it", kRequired, &FalsePositive::handle},
  };
  return kFields;
}

static const std::vector<Field<PriorityCriterion>>& FieldsOf(const PriorityCriterion*) {
  static const std::vector<Field<PriorityCriterion>> kFields = {
      {"when", "what makes it so", kRequired, &PriorityCriterion::when},
      {"level", "info, low, medium, high or critical", kRequired, &PriorityCriterion::level},
  };
  return kFields;
}

static const std::vector<Field<Priority>>& FieldsOf(const Priority*) {
  static const std::vector<Field<Priority>> kFields = {
      {"default", "info, low, medium, high or critical", kRequired, &Priority::usual},
      {"criteria", "what raises or lowers it", kOptional, &Priority::criteria},
  };
  return kFields;
}

static const std::vector<Field<ResponseSteps>>& FieldsOf(const ResponseSteps*) {
  static const std::vector<Field<ResponseSteps>> kFields = {
      {"denied", "steps after a refusal", kOptional, &ResponseSteps::denied},
      {"admitted", "steps when it was only recorded", kOptional, &ResponseSteps::admitted},
  };
  return kFields;
}

namespace {

bool IsDetectionId(std::string_view id) {
  const std::size_t hyphen = id.find('-');
  if (hyphen == std::string_view::npos || hyphen < 2 || hyphen > 5) return false;
  const std::string_view letters = id.substr(0, hyphen);
  const std::string_view digits = id.substr(hyphen + 1);
  return digits.size() == 3 &&
         std::all_of(letters.begin(), letters.end(), [](char c) { return c >= 'A' && c <= 'Z'; }) &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "T1611 Escape to Host", "T1204.003 Malicious Image": an id of ATT&CK, and what it is called.
bool IsAttackId(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  const std::size_t end = text.find_first_not_of("0123456789");
  if (end != 4) return false;
  text.remove_prefix(end);
  if (prefix == "T" && text.starts_with('.')) {
    if (text.find_first_not_of("0123456789", 1) != 4) return false;
    text.remove_prefix(4);
  }
  return text.size() > 1 && text[0] == ' ';
}

void CheckTechniques(const YamlNode& node, YamlContext& context) {
  const auto check = [&](const YamlNode* text, std::string_view prefix, std::string_view right) {
    if (text == nullptr || text->kind != YamlKind::kScalar || IsAttackId(text->text, prefix))
      return;
    context.Error(*text, fmt::format("{} is not of the form {}", Quote(text->text, 64), right));
  };
  const YamlNode* const categorization = node.Find("categorization");
  const YamlNode* const techniques = categorization ? categorization->Find("techniques") : nullptr;
  if (techniques == nullptr) return;
  for (const YamlNode& item : techniques->items) {
    check(item.Find("tactic"), "TA", "\"TA0004 Privilege Escalation\"");
    check(item.Find("technique"), "T", "\"T1611 Escape to Host\"");
  }
}

// The paths of what is not there or empty, by the table.
void FindMissing(const YamlNode* node, const std::vector<FieldDescription>& fields,
                 const std::string& prefix, std::vector<std::string>& missing) {
  for (const FieldDescription& field : fields) {
    if (prefix.empty() && field.key == "references") continue;
    const YamlNode* const value = node == nullptr ? nullptr : node->Find(field.key);
    if (field.shape.kind == Shape::Kind::kMap) {
      FindMissing(value, field.shape.fields, prefix + field.key + ".", missing);
    } else if (value == nullptr || (value->text.empty() && value->items.empty())) {
      missing.push_back(prefix + field.key);
    }
  }
}

}  // namespace

std::string_view SeverityName(Severity severity) { return WordOf(severity); }

Words<Severity> WordsOf(Severity) {
  static constexpr Word<Severity> kWords[] = {{"info", Severity::kInfo},
                                              {"low", Severity::kLow},
                                              {"medium", Severity::kMedium},
                                              {"high", Severity::kHigh},
                                              {"critical", Severity::kCritical}};
  return {"severity", kWords};
}

Words<DetectionStatus> WordsOf(DetectionStatus) {
  static constexpr Word<DetectionStatus> kWords[] = {{"draft", DetectionStatus::kDraft},
                                                     {"test", DetectionStatus::kTest},
                                                     {"production", DetectionStatus::kProduction}};
  return {"status", kWords};
}

const std::vector<Field<Detection>>& FieldsOf(const Detection*) {
  static const std::vector<Field<Detection>> kFields = {
      {"id", "PRV-001; never used again for another", kRequired, &Detection::id,
       TextShape("^[A-Z]{2,5}-[0-9]{3}$")},
      {"status", "draft, test or production", kRequired, &Detection::status},
      {"goal", "the behaviour to detect, in one sentence", kOptional, &Detection::goal},
      {"categorization", "where it stands in MITRE ATT&CK", kOptional, &Detection::categorization},
      {"strategy", "what is looked at, and how false positives are kept down", kOptional,
       &Detection::strategy},
      {"technicalContext", "what a responder must know in order to judge", kOptional,
       &Detection::technical_context},
      {"blindSpots", "what this cannot see", kOptional, &Detection::blind_spots},
      {"assumptions", "what must be true for it to work", kOptional, &Detection::assumptions},
      {"falsePositives", "what is harmless and looks like it", kOptional,
       &Detection::false_positives},
      {"validation", "cases that must be found, and one that must stay silent: suite/case",
       kOptional, &Detection::validation},
      {"priority", "how urgent an alert is", kOptional, &Detection::priority},
      {"response", "what a responder does", kOptional, &Detection::response},
      {"references", "where to read more", kOptional, &Detection::references},
  };
  return kFields;
}

void CheckDetection(const YamlNode& node, const Detection& detection, YamlContext& context) {
  const YamlNode* const id = node.Find("id");
  if (id != nullptr && id->kind == YamlKind::kScalar && !IsDetectionId(id->text)) {
    context.Error(*id, fmt::format("{} is not of the form PRV-001", Quote(id->text, 64)));
  }
  CheckTechniques(node, context);
  if (detection.status != DetectionStatus::kProduction || node.Find("status") == nullptr) return;
  std::vector<std::string> missing;
  FindMissing(&node, DescribeFields(FieldsOf(&detection)), "", missing);
  if (missing.empty()) return;
  std::string list;
  for (const std::string& path : missing) list += (list.empty() ? "" : ", ") + path;
  context.Error(
      *node.Find("status"),
      fmt::format("a detection in production says all but references; missing: {}", list));
}

}  // namespace tidewaiter
