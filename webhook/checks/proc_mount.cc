// procMount: a container must have the masked /proc that runtimes give by default (Pod Security
// Standards, baseline).
//
// Field    spec.{containers,initContainers,ephemeralContainers}[*].securityContext.procMount
// Allowed  undefined, null, Default; from 1.35 on also anything, if spec.hostUsers is false

#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckProcMount(const AdmissionRequest& request, const PodSpec& pod,
                                      PodSecurityVersion version) {
  if (pod.HasUserNamespace() && version >= PodSecurityVersion{35}) return {};
  return CheckProcMountRestricted(request, pod, version);
}

CheckKind ProcMount() {
  return StandardCheck("procMount", "containers must have the masked /proc of their runtime",
                       "remove procMount or set it to Default");
}

}  // namespace tidewaiter
