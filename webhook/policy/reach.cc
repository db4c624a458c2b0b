// What a policy says and what can never come true: allowed, since it may be half of a roll-out, but
// whoever wrote it believes that it protects.

#include <algorithm>

#include "webhook/policy/names.h"
#include "webhook/policy/policy.h"

namespace tidewaiter {
namespace {

// Whether everything that the pattern `narrow` matches is matched by `wide`. It may say no where
// the answer is yes.
bool Covers(const std::string& wide, const std::string& narrow) {
  if (wide == narrow) return true;
  // A `*` of `wide` takes any part of the pattern `narrow`; a `?` might take its `*`, which is more
  // than one character.
  if (Glob::IsGlob(narrow) && wide.find('?') != std::string::npos) return false;
  return Glob(wide).Matches(narrow);
}

bool AnyCovers(const std::vector<std::string>& wide, const std::string& narrow) {
  return std::any_of(wide.begin(), wide.end(),
                     [&](const std::string& pattern) { return Covers(pattern, narrow); });
}

// An empty list says nothing; its author may have meant "none".
void WarnOfEmptyLists(const YamlNode& match, YamlContext& context) {
  for (const auto& [key, value] : match.entries) {
    if (value.kind != YamlKind::kSequence || !value.items.empty()) continue;
    if (key.text.starts_with("exclude")) continue;
    context.Warning(value,
                    fmt::format("the empty list {0} restricts nothing; leave {0} out", key.text));
  }
}

void WarnOfExcluded(const YamlNode& match, std::string_view key, std::string_view exclude,
                    YamlContext& context) {
  const std::vector<const YamlNode*> wanted = TextsOf(match, key);
  const std::vector<const YamlNode*> excluded = TextsOf(match, exclude);
  std::size_t without_effect = 0;
  for (const YamlNode* const entry : wanted) {
    const bool is_excluded =
        std::any_of(excluded.begin(), excluded.end(),
                    [&](const YamlNode* other) { return other->text == entry->text; });
    if (!is_excluded) continue;
    ++without_effect;
    context.Warning(*entry, fmt::format("{} stands also in {}, so that this entry never matches",
                                        Quote(entry->text, 64), exclude));
  }
  if (!wanted.empty() && without_effect == wanted.size()) {
    context.Warning(*match.Find(key), fmt::format("this policy can never match: {} excludes all of "
                                                  "{}",
                                                  exclude, key));
  }
}

bool IsConnectResource(std::string_view resource) {
  const std::string_view sub = resource.substr(std::min(resource.find('/'), resource.size()));
  return sub == "/exec" || sub == "/attach" || sub == "/portforward" || sub == "/proxy";
}

void WarnOfOperations(const YamlNode& match, const Policy& policy, YamlContext& context) {
  const std::vector<Operation>& operations = policy.match.operations;
  const bool connect =
      std::find(operations.begin(), operations.end(), Operation::kConnect) != operations.end();
  const bool only_connect = connect && operations.size() == 1;
  if (only_connect && !policy.match.kinds.empty()) {
    context.Warning(*match.Find("kinds"),
                    "kinds are not looked at for CONNECT; choose by resources: [pods/exec]");
  }
  for (const YamlNode* const resource : TextsOf(match, "resources")) {
    if (IsConnectResource(resource->text) && !connect) {
      context.Warning(*resource, fmt::format("{} comes only with CONNECT, which this policy does "
                                             "not look at; this entry never matches",
                                             Quote(resource->text, 64)));
    } else if (!IsConnectResource(resource->text) && only_connect) {
      context.Warning(*resource,
                      fmt::format("{} never comes with CONNECT; this entry never matches",
                                  Quote(resource->text, 64)));
    }
  }
}

// Why an entry of `actions` never counts for a namespace pattern; empty if it may.
std::string WhyNever(const std::string& pattern, const std::vector<std::string>& earlier,
                     const Match& match) {
  if (AnyCovers(earlier, pattern)) return "an entry above it matches all of it";
  if (AnyIs(match.exclude_namespaces, pattern)) return "excludeNamespaces leaves it out";
  if (!Glob::IsGlob(pattern) && !match.namespaces.empty() &&
      !AnyMatches(match.namespaces, pattern)) {
    return "no entry of match.namespaces matches it";
  }
  return "";
}

void WarnOfActions(const YamlNode& actions, const Policy& policy, YamlContext& context) {
  std::vector<std::string> earlier;
  for (const YamlNode& entry : actions.items) {
    const std::vector<const YamlNode*> patterns = TextsOf(entry, "namespaces");
    if (patterns.empty()) {
      context.Warning(entry, "this entry names no namespace, so that it never counts");
    }
    for (const YamlNode* const pattern : patterns) {
      const std::string why = WhyNever(pattern->text, earlier, policy.match);
      if (why.empty()) continue;
      context.Warning(*pattern, fmt::format("the action for {} never counts: {}",
                                            Quote(pattern->text, 64), why));
    }
    for (const YamlNode* const pattern : patterns) earlier.push_back(pattern->text);
  }
}

}  // namespace

void WarnOfUnreachable(const YamlNode& spec, const Policy& policy, YamlContext& context) {
  if (const YamlNode* const match = spec.Find("match")) {
    WarnOfEmptyLists(*match, context);
    WarnOfExcluded(*match, "namespaces", "excludeNamespaces", context);
    WarnOfExcluded(*match, "users", "excludeUsers", context);
    WarnOfExcluded(*match, "groups", "excludeGroups", context);
    WarnOfOperations(*match, policy, context);
  }
  if (const YamlNode* const actions = spec.Find("actions")) {
    WarnOfActions(*actions, policy, context);
  }
}

}  // namespace tidewaiter
