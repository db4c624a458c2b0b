#include "webhook/policy/match.h"

#include <algorithm>

#include "webhook/policy/names.h"

namespace tidewaiter {
namespace {

// "pods", or "pods/exec" for a subresource.
bool IsResource(std::string_view entry, const AdmissionRequest& request) {
  const std::string_view resource = request.resource.resource;
  if (request.sub_resource.empty()) return entry == resource;
  return entry.size() == resource.size() + 1 + request.sub_resource.size() &&
         entry.starts_with(resource) && entry[resource.size()] == '/' &&
         entry.ends_with(request.sub_resource);
}

}  // namespace

bool AnyMatches(const std::vector<Glob>& globs, std::string_view text) {
  return std::any_of(globs.begin(), globs.end(), [&](const Glob& g) { return g.Matches(text); });
}

bool AnyIs(const std::vector<WholeName>& names, std::string_view text) {
  return std::any_of(names.begin(), names.end(),
                     [&](const WholeName& name) { return name.name == text; });
}

Words<Operation> WordsOf(Operation) {
  static constexpr Word<Operation> kWords[] = {{"CREATE", Operation::kCreate},
                                               {"UPDATE", Operation::kUpdate},
                                               {"DELETE", Operation::kDelete},
                                               {"CONNECT", Operation::kConnect}};
  return {"operation", kWords};
}

const std::vector<Field<Match>>& FieldsOf(const Match*) {
  static const std::vector<Field<Match>> kFields = {
      {"operations", "CREATE, UPDATE, DELETE, CONNECT (default: those that the check reads)",
       kOptional, &Match::operations},
      {"kinds", "kinds of object (default: all that the check reads)", kOptional, &Match::kinds},
      {"namespaces", "namespaces; globs over the whole name", kOptional, &Match::namespaces,
       NamespacePatternsShape()},
      {"excludeNamespaces", "namespaces that are left out; whole names", kOptional,
       &Match::exclude_namespaces, NamespaceNamesShape()},
      {"names", "names of objects; globs; generateName counts as \"prefix*\"", kOptional,
       &Match::names},
      {"users", "users; globs", kOptional, &Match::users},
      {"excludeUsers", "users that are left out; whole names", kOptional, &Match::exclude_users},
      {"groups", "groups of the user; globs", kOptional, &Match::groups},
      {"excludeGroups", "groups that are left out; whole names", kOptional, &Match::exclude_groups},
      {"resources", "resources, with subresource: pods, pods/exec", kOptional, &Match::resources,
       ListShape(TextShape("^[a-z]+(/[a-z]+)?$"))},
  };
  return kFields;
}

bool Matches(const Match& match, const AdmissionRequest& request) {
  const std::vector<std::string_view>& groups = request.user.groups;
  const auto any_group = [&](const auto& list, auto&& is) {
    return std::any_of(groups.begin(), groups.end(),
                       [&](std::string_view group) { return is(list, group); });
  };
  if (std::find(match.operations.begin(), match.operations.end(), request.operation) ==
      match.operations.end()) {
    return false;
  }
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

}  // namespace tidewaiter
