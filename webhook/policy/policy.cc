#include "webhook/policy/policy.h"

#include <algorithm>

#include "webhook/policy/names.h"

namespace tidewaiter {

static const std::vector<Field<NamespaceAction>>& FieldsOf(const NamespaceAction*) {
  static const std::vector<Field<NamespaceAction>> kFields = {
      {"namespaces", "namespaces in which the action differs; globs", kRequired,
       &NamespaceAction::namespaces, NamespacePatternsShape()},
      {"action", "deny, warn or audit", kRequired, &NamespaceAction::action},
  };
  return kFields;
}

namespace {

enum class OnUpdate { kNew, kAlways };

Words<OnUpdate> WordsOf(OnUpdate) {
  static constexpr Word<OnUpdate> kWords[] = {{"always", OnUpdate::kAlways},
                                              {"new", OnUpdate::kNew}};
  return {"value", kWords};
}

const CheckKind* FindCheck(const YamlNode& node, std::span<const CheckKind> checks,
                           YamlContext& context) {
  std::vector<std::string> known;
  for (const CheckKind& check : checks) {
    if (check.id == node.text) return &check;
    known.push_back(check.id);
  }
  UnknownWord(node, "check", known, context);
  return nullptr;
}

// "pods", "pods/exec".
bool IsResource(std::string_view text) {
  const auto is_word = [](std::string_view word) {
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  };
  const std::size_t slash = text.find('/');
  return is_word(text.substr(0, slash)) &&
         (slash == std::string_view::npos || is_word(text.substr(slash + 1)));
}

// What the check does not read can never match: it protects nobody, and nobody notices.
void CheckMatch(const YamlNode& match, const CheckKind& check, YamlContext& context) {
  const std::vector<std::string> readable = KindsRead(check.reads);
  for (const YamlNode* const kind : TextsOf(match, "kinds")) {
    if (std::find(readable.begin(), readable.end(), kind->text) == readable.end()) {
      UnknownWord(*kind, fmt::format("kind for check {}:", check.id), readable, context);
    }
  }
  for (const YamlNode* const item : TextsOf(match, "operations")) {
    const std::vector<Operation>& reads = check.reads.operations;
    for (const Word<Operation>& word : WordsOf(Operation()).words) {
      if (word.word != item->text) continue;
      if (std::find(reads.begin(), reads.end(), word.value) != reads.end()) continue;
      context.Error(*item, fmt::format("check {} does not read {}", check.id, word.word));
    }
  }
  for (const YamlNode* const resource : TextsOf(match, "resources")) {
    if (IsResource(resource->text)) continue;
    context.Error(*resource,
                  fmt::format("no resource is named {}: it is a plural in lower case, as "
                              "in pods or pods/exec",
                              Quote(resource->text, 64)));
  }
  CheckNamespacePatterns(match, "namespaces", context);
  CheckNamespaceNames(match, "excludeNamespaces", context);
}

}  // namespace

std::string_view ActionName(EnforcementAction action) {
  return action == EnforcementAction::kAllow ? "allow" : WordOf(action);
}

Words<EnforcementAction> WordsOf(EnforcementAction) {
  static constexpr Word<EnforcementAction> kWords[] = {{"deny", EnforcementAction::kDeny},
                                                       {"warn", EnforcementAction::kWarn},
                                                       {"audit", EnforcementAction::kAudit}};
  return {"action", kWords};
}

const std::vector<Field<Policy>>& FieldsOf(const Policy*) {
  static const std::vector<Field<Policy>> kFields = {
      {"check", "which check decides", kRequired, &Policy::check_id},
      {"action", "deny, warn or audit", kRequired, &Policy::action},
      {"actions", "other actions by namespace; the first that matches counts", kOptional,
       &Policy::actions},
      {"severity", "info, low, medium, high or critical", kRequired, &Policy::severity},
      {"match", "which requests are looked at (default: all that the check reads)", kOptional,
       &Policy::match},
      // Read by the check, once it is known.
      {"params", "the check's parameters", kOptional, ShapeOfKind(Shape::Kind::kFreeMap),
       [](const YamlNode&, Policy&, YamlContext&) {}},
      {"onUpdate", "new (default): what the old object had is only audited; always: it is not",
       kOptional, ShapeOf(static_cast<OnUpdate*>(nullptr)),
       [](const YamlNode& node, Policy& policy, YamlContext& context) {
         OnUpdate value = OnUpdate::kNew;
         ReadValue(node, value, context);
         policy.always_on_update = value == OnUpdate::kAlways;
       }},
      {"contact", "where a person who is refused can ask", kOptional, &Policy::contact},
      {"detection", "its documentation, for the analyst who gets the alert", kOptional,
       &Policy::detection},
  };
  return kFields;
}

Policy ReadPolicy(const Document& document, std::span<const CheckKind> checks,
                  const References& references, YamlContext& context) {
  const YamlNode& spec = *document.spec;
  Policy policy;
  const std::size_t errors = context.errors();
  ReadValue(spec, policy, context);
  policy.name = document.name;
  policy.location = context.At(document.name_node ? *document.name_node : spec);
  if (const YamlNode* const detection = spec.Find("detection")) {
    CheckDetection(*detection, policy.detection.value_or(Detection()), context);
  }
  if (const YamlNode* const actions = spec.Find("actions")) {
    for (const YamlNode& entry : actions->items) {
      CheckNamespacePatterns(entry, "namespaces", context);
    }
  }
  const YamlNode* const id = spec.Find("check");
  if (id == nullptr || id->kind != YamlKind::kScalar) return policy;
  const CheckKind* const check = FindCheck(*id, checks, context);
  if (check == nullptr) return policy;
  policy.fix = check->fix;
  YamlNode no_params = spec;
  no_params.entries.clear();
  const YamlNode* const params = spec.Find("params");
  policy.check = check->params.bind(params == nullptr ? no_params : *params, references, context);
  const YamlNode* const match = spec.Find("match");
  if (match != nullptr) CheckMatch(*match, *check, context);
  if (policy.match.operations.empty()) policy.match.operations = check->reads.operations;
  if (context.errors() == errors) WarnOfUnreachable(spec, policy, context);
  return policy;
}

std::string FormatRevision(const PolicyRevision& revision) {
  constexpr std::size_t kDigits = 12;  // enough to tell one set of policies from another
  std::string text = revision.digest.substr(0, revision.digest.find(':') + 1 + kDigits);
  if (!revision.commit.empty()) text += " commit " + revision.commit;
  return text;
}

EnforcementAction Policy::ActionIn(std::string_view name_space) const {
  for (const NamespaceAction& other : actions) {
    if (AnyMatches(other.namespaces, name_space)) return other.action;
  }
  return action;
}

}  // namespace tidewaiter
