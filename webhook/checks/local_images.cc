// localImages: an image must come from a registry, and not from what somebody has put on the node
// (MITRE ATT&CK T1612 Build Image on Host).
//
// Fields   spec.{containers,initContainers,ephemeralContainers}[*].{image,imagePullPolicy},
//          spec.volumes[*].image.{reference,pullPolicy}
// Allowed  any registry but those in `registries`, with any pull policy but Never; with
//          `unqualified`, an image without a registry only if it is pulled each time
//
// What admission cannot see: IfNotPresent takes an image of that name which the node has already,
// whoever has put it there.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/images.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<std::string> registries = {"localhost", "127.0.0.1", "[::1]"};
  bool unqualified = false;
};

// Whether `registry` is `entry`; one without a port means all ports.
bool IsRegistry(std::string_view registry, std::string_view entry) {
  if (registry == entry) return true;
  return registry.size() > entry.size() && registry.starts_with(entry) &&
         registry[entry.size()] == ':';
}

// What is wrong with an image, as the end of a sentence; empty if nothing is.
std::string Fault(const ImageUse& use, const Params& params) {
  const std::string_view policy =
      use.is_volume ? use.volume->image_pull_policy : use.container->image_pull_policy;
  const std::string shown = Quote(use.image, 255);
  if (policy == "Never") {
    return fmt::format("uses {} as the node has it, and never pulls it (pull policy Never)", shown);
  }
  std::string fault;
  const std::optional<ImageReference> image = ReadImage(use.image, fault);
  if (!image) return "";  // imagePinning tells it
  if (std::any_of(params.registries.begin(), params.registries.end(),
                  [&](const std::string& entry) { return IsRegistry(image->registry, entry); })) {
    return fmt::format("uses {} from a registry on the node itself", shown);
  }
  if (!params.unqualified || use.image.starts_with(image->registry + "/")) return "";
  // As the API server fills it in.
  const bool always = policy.empty() ? image->tag == "latest" : policy == "Always";
  if (always) return "";
  return fmt::format(
      "uses {}, which names no registry, as the node has it (pull policy "
      "IfNotPresent)",
      shown);
}

std::vector<Violation> CheckSources(const AdmissionRequest& request, const Params& params) {
  return FaultyImages(request, [&](const ImageUse& use) { return Fault(use, params); });
}

void Prepare(const YamlNode& node, const References&, Params& params, YamlContext& context) {
  if (node.Find("registries") == nullptr) return;
  CheckRegistries(node, "registries", params.registries, context);
}

}  // namespace

CheckKind LocalImages() {
  return {"localImages",
          "images must not be taken from what is on the node",
          "push the image to a registry, and pull it from there",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>({{"registries",
                         "registries on the node, with or without a port (default: localhost, "
                         "127.0.0.1, [::1])",
                         kOptional, &Params::registries},
                        {"unqualified",
                         "tell also of images without a registry that are not pulled each time "
                         "(default: false)",
                         kOptional, &Params::unqualified}},
                       CheckSources, Prepare)};
}

}  // namespace tidewaiter
