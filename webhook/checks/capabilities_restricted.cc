// capabilities_restricted: a container must drop all capabilities, and may only add
// NET_BIND_SERVICE (Pod Security Standards, restricted, from 1.22). It replaces
// capabilities_baseline.
//
// Field spec.{containers,initContainers,ephemeralContainers}[*].securityContext.capabilities.drop
// Allowed  any list that has ALL
//
// Field    spec.{containers,initContainers,ephemeralContainers}[*].securityContext.capabilities.add
// Allowed  undefined, NET_BIND_SERVICE
//
// From 1.25 on both are allowed to be anything, if spec.os.name is windows.

#include <algorithm>

#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckCapabilitiesRestricted(const AdmissionRequest& request,
                                                   const PodSpec& pod, PodSecurityVersion version) {
  if (pod.IsWindows() && version >= PodSecurityVersion{25}) return {};
  static constexpr std::string_view kAllowed[] = {"NET_BIND_SERVICE"};
  std::vector<Violation> violations = AddedCapabilities(request, pod, kAllowed);
  for (const Container& container : request.Containers(pod)) {
    const std::vector<std::string_view>& dropped = container.dropped_capabilities;
    if (std::find(dropped.begin(), dropped.end(), "ALL") != dropped.end()) continue;
    violations.push_back(FieldOwner{pod, &container}.Violates(
        "securityContext.capabilities.drop", "drop", "does not drop all capabilities"));
  }
  return violations;
}

CheckKind CapabilitiesRestricted() {
  return StandardCheck(
      "capabilities_restricted",
      "containers must drop all capabilities, and may only add NET_BIND_SERVICE",
      "set securityContext.capabilities to drop [ALL], and add at most NET_BIND_SERVICE");
}

}  // namespace tidewaiter
