// imageChanges: an UPDATE exchanges the image of a container (MITRE ATT&CK T1525 Implant Internal
// Image, T1036.005 Match Legitimate Resource Name or Location).
//
// Fields   spec.{containers,initContainers,ephemeralContainers}[*].image,
//          spec.volumes[*].image.reference, of the old object and of the new one
// Allowed  changes that `report` does not name. Of one image the greatest change counts:
//            registry       it comes from another registry, or is no reference any more
//            repository     from another repository of the same registry
//            digestDropped  it had a digest, and has none now
//            tag            another tag or digest
//            podSwap        any of these, in a Pod: who deploys replaces pods, and changes none
//
// Containers are compared by list and name. What admission cannot see: a container that is renamed
// at the same time is one removed and one added; a tag that is moved in the registry makes no
// request at all.

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "webhook/base/text.h"
#include "webhook/checks/images.h"

namespace tidewaiter {
namespace {

enum class Change { kRegistry, kRepository, kDigestDropped, kTag, kPodSwap };

Words<Change> WordsOf(Change) {
  static constexpr Word<Change> kWords[] = {{"registry", Change::kRegistry},
                                            {"repository", Change::kRepository},
                                            {"digestDropped", Change::kDigestDropped},
                                            {"tag", Change::kTag},
                                            {"podSwap", Change::kPodSwap}};
  return {"change", kWords};
}

struct Params {
  std::vector<Change> report = {Change::kRegistry, Change::kRepository, Change::kDigestDropped,
                                Change::kTag, Change::kPodSwap};
};

// How two references differ; nothing if they name the same image.
std::optional<Change> Compare(std::string_view before, std::string_view after) {
  if (before == after) return std::nullopt;
  std::string error;
  const std::optional<ImageReference> old_image = ParseImageReference(before, error);
  const std::optional<ImageReference> image = ParseImageReference(after, error);
  if (!old_image || !image) return Change::kRegistry;
  if (old_image->registry != image->registry) return Change::kRegistry;
  if (old_image->repository != image->repository) return Change::kRepository;
  if (!old_image->digest.empty() && image->digest.empty()) return Change::kDigestDropped;
  // The digest counts, whatever tag stands before it.
  const bool same =
      image->digest.empty() ? old_image->tag == image->tag : old_image->digest == image->digest;
  return same ? std::nullopt : std::optional(Change::kTag);
}

std::string_view InWords(Change change) {
  switch (change) {
    case Change::kRegistry:
      return "of another registry";
    case Change::kRepository:
      return "of another repository";
    case Change::kDigestDropped:
      return "without a digest";
    case Change::kTag:
    case Change::kPodSwap:
      return "of another version";
  }
  return "";
}

std::vector<Violation> CheckChanges(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  const PodSpec* const before = request.old_pod();
  const PodSpec* const after = request.pod();
  if (before == nullptr || after == nullptr) return violations;
  const auto reports = [&](Change change) {
    return std::find(params.report.begin(), params.report.end(), change) != params.report.end();
  };
  const bool is_swap = request.kind.kind == "Pod" && reports(Change::kPodSwap);
  const auto key = [](const ImageUse& use) {
    return std::pair(use.is_volume ? -1 : static_cast<int>(use.container->kind), use.owner);
  };
  std::map<std::pair<int, std::string_view>, std::string_view> old;
  for (const ImageUse& use : ImagesOf(*before)) old[key(use)] = use.image;
  std::size_t looked_at = 0;
  for (const ImageUse& use : ImagesOf(*after)) {
    if (++looked_at % 8 == 0 && request.deadline.passed()) break;
    const auto found = old.find(key(use));
    if (found == old.end()) continue;
    const std::optional<Change> change = Compare(found->second, use.image);
    if (!change || (!is_swap && !reports(*change))) continue;
    violations.push_back({PathOf(*after, use), std::string(use.owner), std::string(use.image),
                          fmt::format("{} {} changes its image {}from {} to {}, {}",
                                      use.is_volume ? "volume" : "container", Quote(use.owner, 64),
                                      is_swap ? "in a running pod " : "", Quote(found->second, 255),
                                      Quote(use.image, 255), InWords(*change))});
  }
  return violations;
}

}  // namespace

CheckKind ImageChanges() {
  return {"imageChanges",
          "updates must not exchange an image for another one",
          "release through the pipeline that deploys this workload",
          {.operations = {Operation::kUpdate}, .pod_specs = true},
          Bind<Params>({{"report",
                         "which changes are told: registry, repository, digestDropped, tag, "
                         "podSwap (default: all)",
                         kOptional, &Params::report}},
                       CheckChanges)};
}

}  // namespace tidewaiter
