// capabilities_baseline: a container must not add capabilities beyond those that a runtime gives by
// default (Pod Security Standards, baseline).
//
// Field    spec.{containers,initContainers,ephemeralContainers}[*].securityContext.capabilities.add
// Allowed  undefined, or of the thirteen below; letter case and spelling count: the API server and
//          the runtime would take CAP_CHOWN for another one

#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

constexpr std::string_view kAllowed[] = {
    "AUDIT_WRITE",      "CHOWN",   "DAC_OVERRIDE", "FOWNER",  "FSETID", "KILL",      "MKNOD",
    "NET_BIND_SERVICE", "SETFCAP", "SETGID",       "SETPCAP", "SETUID", "SYS_CHROOT"};

}  // namespace

std::vector<Violation> CheckCapabilitiesBaseline(const AdmissionRequest& request,
                                                 const PodSpec& pod, PodSecurityVersion) {
  return AddedCapabilities(request, pod, kAllowed);
}

CheckKind CapabilitiesBaseline() {
  return StandardCheck("capabilities_baseline",
                       "containers must not add capabilities beyond the default ones",
                       "remove the capability from securityContext.capabilities.add");
}

}  // namespace tidewaiter
