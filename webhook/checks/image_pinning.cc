// imagePinning: an image must be named so that it stays the same image (MITRE ATT&CK T1525 Implant
// Internal Image).
//
// Fields   spec.{containers,initContainers,ephemeralContainers}[*].image,
//          spec.volumes[*].image.reference
// Allowed  references with a digest; without `requireDigest` also those with a tag that is not in
//          `mutableTags`. No tag at all is the tag latest, and never allowed
//
// What admission cannot see: what a tag names, and whether it is moved later. Only a digest binds
// content.

#include <fmt/core.h>

#include "webhook/base/text.h"
#include "webhook/checks/images.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<Glob> mutable_tags = {Glob("latest"), Glob("main"), Glob("dev"), Glob("edge"),
                                    Glob("nightly")};
  bool require_digest = false;
};

// What is wrong with an image, as the end of a sentence; empty if nothing is.
std::string Fault(std::string_view text, const Params& params) {
  std::string fault;
  const std::optional<ImageReference> image = ReadImage(text, fault);
  if (!image) return fault;
  if (!image->digest.empty()) return "";
  const std::string shown = Quote(text, 255);
  if (params.require_digest) return fmt::format("uses {} without a digest", shown);
  const bool tagged = text.ends_with(":" + image->tag);
  if (!tagged) return fmt::format("uses {}, which has no tag and so means latest", shown);
  for (const Glob& tag : params.mutable_tags) {
    if (!tag.Matches(image->tag)) continue;
    return fmt::format("uses {}, whose tag {} names another image from time to time", shown,
                       Quote(image->tag, 128));
  }
  return "";
}

std::vector<Violation> CheckPins(const AdmissionRequest& request, const Params& params) {
  return FaultyImages(request, [&](const ImageUse& use) { return Fault(use.image, params); });
}

}  // namespace

CheckKind ImagePinning() {
  return {"imagePinning",
          "images must be named by a digest or by a tag that stays",
          "name a version, or better a digest: registry.example.com/app:1.4.0@sha256:...",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>({{"mutableTags",
                         "tags that do not stay, as globs (default: latest, main, dev, edge, "
                         "nightly)",
                         kOptional, &Params::mutable_tags},
                        {"requireDigest", "allow only images with a digest (default: false)",
                         kOptional, &Params::require_digest}},
                       CheckPins)};
}

}  // namespace tidewaiter
