// windowsHostProcess: a pod must not run as a process of its Windows node (Pod Security Standards,
// baseline).
//
// Fields   spec.securityContext.windowsOptions.hostProcess
//          spec.{containers,initContainers,ephemeralContainers}[*].securityContext.windowsOptions.hostProcess
// Allowed  undefined, null, false

#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckWindowsHostProcess(const AdmissionRequest& request, const PodSpec& pod,
                                               PodSecurityVersion) {
  std::vector<Violation> violations;
  ForEachSecurityContext(
      request, pod, [&](const FieldOwner& owner, const SecurityContext& security) {
        if (!security.windows_host_process) return;
        violations.push_back(owner.Violates("securityContext.windowsOptions.hostProcess", "true",
                                            "runs as a process of its Windows node"));
      });
  return violations;
}

CheckKind WindowsHostProcess() {
  return StandardCheck("windowsHostProcess", "pods must not run as processes of a Windows node",
                       "remove hostProcess or set it to false");
}

}  // namespace tidewaiter
