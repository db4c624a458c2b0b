#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/checks/registry.h"
#include "webhook/kubernetes/image_reference.h"

// What the checks of images have in common.
namespace tidewaiter {

// The image that `text` names; nothing, and why not in `fault`, the end of a sentence that begins
// with the container: `names no image`.
std::optional<ImageReference> ReadImage(std::string_view text, std::string& fault);

// Tells of entries in the list `key` that are no registry as a reference names one:
// registry.k8s.io, localhost, [::1]:5000.
void CheckRegistries(const YamlNode& params, std::string_view key,
                     const std::vector<std::string>& registries, YamlContext& context);

// One violation for each image of the pod that has a fault. `fault_of` gives the end of a sentence
// that begins with the container or volume, or nothing. What makes it this violation is the whole
// reference as written.
std::vector<Violation> FaultyImages(const AdmissionRequest& request,
                                    const std::function<std::string(const ImageUse&)>& fault_of);

}  // namespace tidewaiter
