#include "webhook/policy/policy.h"

#include <fmt/core.h>

#include <algorithm>

namespace tidewaiter {
namespace {

template <class T>
bool Contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool AnyMatches(const std::vector<Glob>& globs, std::string_view text) {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& g) { return g.Matches(text); });
}

bool AnyIs(const std::vector<WholeName>& names, std::string_view text) {
  return std::any_of(names.begin(), names.end(),
                     [&](const WholeName& name) { return name.name == text; });
}

// "pods", or "pods/exec" for a subresource.
bool IsResource(std::string_view entry, const AdmissionRequest& request) {
  const std::string_view resource = request.resource.resource;
  if (request.sub_resource.empty()) return entry == resource;
  return entry.size() == resource.size() + 1 + request.sub_resource.size() &&
         entry.starts_with(resource) && entry[resource.size()] == '/' &&
         entry.ends_with(request.sub_resource);
}

}  // namespace

std::string_view ActionName(EnforcementAction action) {
  switch (action) {
    case EnforcementAction::kAllow:
      return "allow";
    case EnforcementAction::kAudit:
      return "audit";
    case EnforcementAction::kWarn:
      return "warn";
    case EnforcementAction::kDeny:
      return "deny";
  }
  return "";
}

std::string_view SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kLow:
      return "low";
    case Severity::kMedium:
      return "medium";
    case Severity::kHigh:
      return "high";
    case Severity::kCritical:
      return "critical";
  }
  return "";
}

std::string FormatRevision(const PolicyRevision& revision) {
  constexpr std::size_t kDigits = 12;  // enough to tell one set of policies from another
  std::string text = revision.digest.substr(0, revision.digest.find(':') + 1 + kDigits);
  if (!revision.commit.empty()) text += " commit " + revision.commit;
  return text;
}

bool Matches(const Match& match, const AdmissionRequest& request) {
  const std::vector<std::string_view>& groups = request.user.groups;
  const auto any_group = [&](const auto& list, auto&& is) {
    return std::any_of(groups.begin(), groups.end(),
                       [&](std::string_view group) { return is(list, group); });
  };
  if (!Contains(match.operations, request.operation)) return false;
  if (!match.kinds.empty() && request.operation != Operation::kConnect &&
      std::find(match.kinds.begin(), match.kinds.end(), request.kind.kind) == match.kinds.end()) {
    return false;
  }
  if (!match.namespaces.empty() && !AnyMatches(match.namespaces, request.name_space)) return false;
  if (AnyIs(match.exclude_namespaces, request.name_space)) return false;
  if (!match.names.empty() && !AnyMatches(match.names, request.name)) return false;
  if (!match.users.empty() && !AnyMatches(match.users, request.user.username)) return false;
  if (AnyIs(match.exclude_users, request.user.username)) return false;
  if (!match.groups.empty() && !any_group(match.groups, AnyMatches)) return false;
  if (!match.exclude_groups.empty() && any_group(match.exclude_groups, AnyIs)) return false;
  return match.resources.empty() ||
         std::any_of(match.resources.begin(), match.resources.end(),
                     [&](const std::string& entry) { return IsResource(entry, request); });
}

EnforcementAction Policy::ActionIn(std::string_view name_space) const {
  for (const NamespaceAction& other : actions) {
    if (AnyMatches(other.namespaces, name_space)) return other.action;
  }
  return action;
}

}  // namespace tidewaiter
