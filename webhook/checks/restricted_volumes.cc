// restrictedVolumes: a pod may only use volumes of types that reach nothing of the node and have no
// credentials in the pod (Pod Security Standards, restricted). It replaces hostPathVolumes.
//
// Field    spec.volumes[*]
// Allowed  the types below, and a volume without a source, which the API server makes an emptyDir
//
// The API server lets a volume have one source. Where a manifest gives it two, both must be
// allowed.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

constexpr std::string_view kAllowed[] = {"configMap", "csi",   "downwardAPI",           "emptyDir",
                                         "ephemeral", "image", "persistentVolumeClaim", "projected",
                                         "secret"};

}  // namespace

std::vector<Violation> CheckRestrictedVolumes(const AdmissionRequest&, const PodSpec& pod,
                                              PodSecurityVersion) {
  std::vector<Violation> violations;
  for (const Volume& volume : pod.volumes) {
    for (const std::string_view source : volume.sources) {
      if (std::find(std::begin(kAllowed), std::end(kAllowed), source) != std::end(kAllowed)) {
        continue;
      }
      violations.push_back(VolumeViolation(pod, volume, source,
                                           fmt::format("is of the type {}", Quote(source, 64))));
    }
  }
  return violations;
}

CheckKind RestrictedVolumes() {
  return StandardCheck(
      "restrictedVolumes", "volumes must be of types that reach nothing of the node",
      "use a configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, "
      "projected or secret volume");
}

}  // namespace tidewaiter
