// privileged: a container must not run in privileged mode (Pod Security Standards, baseline).
//
// Field    spec.{containers,initContainers,ephemeralContainers}[*].securityContext.privileged
// Allowed  undefined, null, false

#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckPrivileged(const AdmissionRequest& request, const PodSpec& pod,
                                       PodSecurityVersion) {
  std::vector<Violation> violations;
  for (const Container& container : request.Containers(pod)) {
    if (!container.privileged) continue;
    violations.push_back(FieldOwner{pod, &container}.Violates("securityContext.privileged", "true",
                                                              "is privileged"));
  }
  return violations;
}

CheckKind Privileged() {
  return StandardCheck("privileged", "containers must not run in privileged mode",
                       "remove it or set it to false");
}

}  // namespace tidewaiter
