// hostPathVolumes: a pod must not mount paths of its node (Pod Security Standards, baseline).
//
// Field    spec.volumes[*].hostPath
// Allowed  undefined, null

#include <algorithm>

#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckHostPathVolumes(const AdmissionRequest&, const PodSpec& pod,
                                            PodSecurityVersion) {
  std::vector<Violation> violations;
  for (const Volume& volume : pod.volumes) {
    const auto& sources = volume.sources;
    if (std::find(sources.begin(), sources.end(), "hostPath") == sources.end()) continue;
    violations.push_back(VolumeViolation(pod, volume, "hostPath", "is a path of the node"));
  }
  return violations;
}

CheckKind HostPathVolumes() {
  return StandardCheck("hostPathVolumes", "pods must not mount paths of the node",
                       "use another type of volume, for example a persistentVolumeClaim");
}

}  // namespace tidewaiter
