// capabilities_baseline: a container must not add capabilities beyond those that a runtime gives by
// default (Pod Security Standards, baseline).
//
// Field    spec.{containers,initContainers,ephemeralContainers}[*].securityContext.capabilities.add
// Allowed  undefined, or one of kDefaultCapabilities; letter case and spelling count: the API
// server and
//          the runtime would take CAP_CHOWN for another one

#include "webhook/checks/capability.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {
std::vector<Violation> CheckCapabilitiesBaseline(const AdmissionRequest& request,
                                                 const PodSpec& pod, PodSecurityVersion) {
  return AddedCapabilities(request, pod, kDefaultCapabilities);
}

CheckKind CapabilitiesBaseline() {
  return StandardCheck("capabilities_baseline",
                       "containers must not add capabilities beyond the default ones",
                       "remove the capability from securityContext.capabilities.add");
}

}  // namespace tidewaiter
