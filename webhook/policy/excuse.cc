#include "webhook/policy/excuse.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <tuple>

namespace tidewaiter {
namespace {

template <class T>
bool Contains(const std::vector<T>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Where a name ends with "*", the API server is still to choose how it goes on; a pattern then
// matches only if it matches whatever is chosen.
bool MatchesName(const std::vector<Glob>& patterns, std::string_view name) {
  const bool open = name.ends_with('*');
  return std::any_of(patterns.begin(), patterns.end(), [&](const Glob& pattern) {
    return pattern.Matches(name) && (!open || pattern.pattern().ends_with('*'));
  });
}

bool MatchesRequest(const ExceptionMatch& match, const AdmissionRequest& request) {
  return AnyIs(match.namespaces, request.name_space) &&
         (match.kinds.empty() || Contains(match.kinds, request.kind.kind)) &&
         (match.names.empty() || MatchesName(match.names, request.name)) &&
         (match.users.empty() || AnyIs(match.users, request.user.username));
}

bool MatchesImage(const ExceptionMatch& match, std::string_view image) {
  if (match.images.empty()) return true;
  std::string error;
  const std::optional<ImageReference> reference = ParseImageReference(image, error);
  return reference &&
         std::any_of(match.images.begin(), match.images.end(),
                     [&](const ImagePattern& pattern) { return pattern.Matches(*reference); });
}

bool MatchesContainer(const ExceptionMatch& match, const Container& container) {
  return (match.containers.empty() || AnyIs(match.containers, container.name)) &&
         MatchesImage(match, container.image);
}

bool MatchesPod(const ExceptionMatch& match, const PodSpec* pod) {
  if (match.images.empty() && match.containers.empty()) return true;
  if (pod == nullptr) return false;
  return std::all_of(pod->containers.begin(), pod->containers.end(),
                     [&](const Container& c) { return MatchesContainer(match, c); }) &&
         std::all_of(pod->volumes.begin(), pod->volumes.end(), [&](const Volume& volume) {
           return !volume.has_image || MatchesImage(match, volume.image);
         });
}

// The container in which a field lies, by its list and index: two containers, or a container and a
// volume, may bear one name. Null if the field is the pod's own.
const Container* ContainerOf(const PodSpec& pod, std::string_view field) {
  if (!field.starts_with(pod.path)) return nullptr;
  field.remove_prefix(pod.path.size());
  constexpr std::pair<std::string_view, ContainerKind> kLists[] = {
      {".initContainers[", ContainerKind::kInit},
      {".containers[", ContainerKind::kRegular},
      {".ephemeralContainers[", ContainerKind::kEphemeral}};
  for (const auto& [list, kind] : kLists) {
    if (!field.starts_with(list)) continue;
    field.remove_prefix(list.size());
    std::size_t index = 0;
    const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), index);
    if (code != std::errc()) return nullptr;
    // The parser keeps containers in the order of their lists and indices.
    const auto found = std::lower_bound(
        pod.containers.begin(), pod.containers.end(), std::pair(kind, index),
        [](const Container& c, const auto& key) { return std::pair(c.kind, c.index) < key; });
    const bool exact =
        found != pod.containers.end() && found->kind == kind && found->index == index;
    return exact ? &*found : nullptr;
  }
  return nullptr;
}

}  // namespace

Excuses::Excuses(std::span<const PolicyException> exceptions, const Policy& policy,
                 const AdmissionRequest& request, std::chrono::system_clock::time_point now)
    : request_(request) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  for (const PolicyException& exception : exceptions) {
    if (Contains(exception.policies, policy.name) && exception.InForce(second) &&
        MatchesRequest(exception.match, request)) {
      candidates_.push_back({&exception, MatchesPod(exception.match, request.pod())});
    }
  }
}

const PolicyException* Excuses::For(const Violation& violation) const {
  if (candidates_.empty()) return nullptr;
  const PodSpec* const pod = request_.pod();
  const Container* const container = pod == nullptr ? nullptr : ContainerOf(*pod, violation.field);
  for (const Candidate& candidate : candidates_) {
    const bool excused = container == nullptr
                             ? candidate.excuses_pod
                             : MatchesContainer(candidate.exception->match, *container);
    if (excused) return candidate.exception;
  }
  return nullptr;
}

}  // namespace tidewaiter
