// allowPrivilegeEscalation: a process must not gain more privileges than its parent (Pod Security
// Standards, restricted, from 1.8).
//
// Field
// spec.{containers,initContainers,ephemeralContainers}[*].securityContext.allowPrivilegeEscalation
// Allowed  false; from 1.25 on also anything, if spec.os.name is windows

#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckAllowPrivilegeEscalation(const AdmissionRequest& request,
                                                     const PodSpec& pod,
                                                     PodSecurityVersion version) {
  std::vector<Violation> violations;
  if (pod.IsWindows() && version >= PodSecurityVersion{25}) return violations;
  for (const Container& container : request.Containers(pod)) {
    const std::optional<bool>& allow = container.allow_privilege_escalation;
    if (allow == false) continue;
    violations.push_back(FieldOwner{pod, &container}.Violates(
        "securityContext.allowPrivilegeEscalation", "",
        allow ? "sets allowPrivilegeEscalation to true"
              : "does not set allowPrivilegeEscalation to false"));
  }
  return violations;
}

CheckKind AllowPrivilegeEscalation() {
  return StandardCheck("allowPrivilegeEscalation",
                       "processes must not gain more privileges than their parent",
                       "set securityContext.allowPrivilegeEscalation to false");
}

}  // namespace tidewaiter
