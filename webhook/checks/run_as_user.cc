// runAsUser: a container must not be set to run as root (Pod Security Standards, restricted, from
// 1.23).
//
// Fields   spec.securityContext.runAsUser
//          spec.{containers,initContainers,ephemeralContainers}[*].securityContext.runAsUser
// Allowed  undefined, null, any number but 0; from 1.35 on also 0, if spec.hostUsers is false

#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckRunAsUser(const AdmissionRequest& request, const PodSpec& pod,
                                      PodSecurityVersion version) {
  std::vector<Violation> violations;
  if (pod.HasUserNamespace() && version >= PodSecurityVersion{35}) return violations;
  ForEachSecurityContext(
      request, pod, [&](const FieldOwner& owner, const SecurityContext& security) {
        if (security.run_as_user != 0) return;
        violations.push_back(
            owner.Violates("securityContext.runAsUser", "0", "sets runAsUser to 0, which is root"));
      });
  return violations;
}

CheckKind RunAsUser() {
  return StandardCheck("runAsUser", "containers must not be set to run as root",
                       "remove runAsUser or set it to another number than 0");
}

}  // namespace tidewaiter
