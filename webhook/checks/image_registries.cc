// imageRegistries: every image must come from a registry and repository that is allowed (MITRE
// ATT&CK T1204.003 Malicious Image, T1610 Deploy Container).
//
// Fields   spec.{containers,initContainers,ephemeralContainers}[*].image,
//          spec.volumes[*].image.reference
// Allowed  references that are well formed and match an entry of `allow`; with `requireDigest` only
//          those with a digest; with `unqualified: deny` only those that name their registry
//
// What admission cannot see: mirrors and search lists in the node's runtime, an allowed registry
// that proxies others, a tag that moves later. Only a digest binds content.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/images.h"
#include "webhook/checks/registry.h"
#include "webhook/kubernetes/image_pattern.h"

namespace tidewaiter {
namespace {

enum class Unqualified { kDockerHub, kDeny };

Words<Unqualified> WordsOf(Unqualified) {
  static constexpr Word<Unqualified> kWords[] = {{"docker.io", Unqualified::kDockerHub},
                                                 {"deny", Unqualified::kDeny}};
  return {"value", kWords};
}

struct Params {
  std::vector<ImagePattern> allow;
  bool require_digest = false;
  Unqualified unqualified = Unqualified::kDockerHub;
};

// Whether the text itself names a registry, and not a repository of Docker Hub in short.
bool NamesItsRegistry(std::string_view text, const ImageReference& image) {
  return text.starts_with(image.registry + "/") || text.starts_with("index.docker.io/");
}

// What is wrong with an image, as the end of a sentence; empty if nothing is.
std::string Fault(std::string_view text, const Params& params) {
  std::string fault;
  const std::optional<ImageReference> image = ReadImage(text, fault);
  if (!image) return fault;
  const std::string shown = Quote(text, 255);
  if (image->MayBeLocalId()) return fmt::format("uses {}, which may be a local image ID", shown);
  if (params.unqualified == Unqualified::kDeny && !NamesItsRegistry(text, *image)) {
    return fmt::format("uses {}, which names no registry", shown);
  }
  const bool allowed =
      std::any_of(params.allow.begin(), params.allow.end(),
                  [&](const ImagePattern& entry) { return entry.Matches(*image); });
  if (!allowed) {
    return fmt::format("uses {} from {}, which is not allowed", shown,
                       PrintableText(image->registry + "/" + image->repository));
  }
  if (params.require_digest && image->digest.empty()) {
    return fmt::format("uses {} without a digest", shown);
  }
  return "";
}

std::vector<Violation> CheckImages(const AdmissionRequest& request, const Params& params) {
  return FaultyImages(request, [&](const ImageUse& use) { return Fault(use.image, params); });
}

}  // namespace

CheckKind ImageRegistries() {
  return {"imageRegistries",
          "images must come from allowed registries and repositories",
          "use an image from an allowed repository, or have the repository added to the policy",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>(
              {{"allow", "repositories: gcr.io/acme/*, docker.io/library/nginx, registry.k8s.io/*",
                kRequired, &Params::allow},
               {"requireDigest", "allow only images with a digest (default: false)", kOptional,
                &Params::require_digest},
               {"unqualified",
                "an image without a registry is one of docker.io (default), or is denied",
                kOptional, &Params::unqualified}},
              CheckImages)};
}

}  // namespace tidewaiter
