#include "webhook/checks/images.h"

#include <fmt/core.h>

#include "webhook/base/text.h"

namespace tidewaiter {

std::optional<ImageReference> ReadImage(std::string_view text, std::string& fault) {
  if (text.empty()) {
    fault = "names no image";
    return std::nullopt;
  }
  std::string error;
  std::optional<ImageReference> image = ParseImageReference(text, error);
  if (!image) {
    fault = fmt::format("uses {}, which is no image reference: {}", Quote(text, 255), error);
  }
  return image;
}

void CheckRegistries(const YamlNode& params, std::string_view key,
                     const std::vector<std::string>& registries, YamlContext& context) {
  for (const std::string& registry : registries) {
    std::string error;
    const std::optional<ImageReference> image = ParseImageReference(registry + "/x", error);
    if (image && image->registry == registry) continue;
    context.Error(*params.Find(key),
                  fmt::format("{} is no registry, as in registry.k8s.io", Quote(registry, 128)));
  }
}

std::vector<Violation> FaultyImages(const AdmissionRequest& request,
                                    const std::function<std::string(const ImageUse&)>& fault_of) {
  std::vector<Violation> violations;
  const PodSpec* const pod = request.pod();
  if (pod == nullptr) return violations;
  std::size_t looked_at = 0;
  for (const ImageUse& use : ImagesOf(*pod)) {
    if (++looked_at % 8 == 0 && request.deadline.passed()) break;
    const std::string fault = fault_of(use);
    if (fault.empty()) continue;
    violations.push_back({PathOf(*pod, use), std::string(use.owner), std::string(use.image),
                          fmt::format("{} {} {}", use.is_volume ? "volume" : "container",
                                      Quote(use.owner, 64), fault)});
  }
  return violations;
}

}  // namespace tidewaiter
