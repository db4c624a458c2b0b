// seccompProfile_restricted: a pod must switch seccomp on (Pod Security Standards, restricted, from
// 1.19). It replaces seccompProfile_baseline.
//
// Fields   spec.securityContext.seccompProfile.type
//          spec.{containers,initContainers,ephemeralContainers}[*].securityContext.seccompProfile.type
// Allowed  RuntimeDefault, Localhost; for a container also no profile, if the pod has one of them.
//          From 1.25 on anything, if spec.os.name is windows

#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckSeccompProfileRestricted(const AdmissionRequest& request,
                                                     const PodSpec& pod,
                                                     PodSecurityVersion version) {
  if (pod.IsWindows() && version >= PodSecurityVersion{25}) return {};
  std::vector<Violation> violations = CheckSeccompProfileBaseline(request, pod, version);
  for (const Container& container : request.Containers(pod)) {
    if (pod.SeccompProfile(container)) continue;
    violations.push_back(FieldOwner{pod, &container}.Violates(
        "securityContext.seccompProfile.type", "none", "has no seccomp profile, nor has its pod"));
  }
  return violations;
}

CheckKind SeccompProfileRestricted() {
  return StandardCheck("seccompProfile_restricted", "seccomp must be switched on",
                       "set securityContext.seccompProfile.type to RuntimeDefault or Localhost");
}

}  // namespace tidewaiter
