// procMount_restricted: a container must have the masked /proc that runtimes give by default, also
// in a user namespace (Pod Security Standards, restricted, from 1.35). It replaces procMount.
//
// Field    spec.{containers,initContainers,ephemeralContainers}[*].securityContext.procMount
// Allowed  undefined, null, Default

#include <fmt/core.h>

#include "webhook/base/text.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckProcMountRestricted(const AdmissionRequest& request, const PodSpec& pod,
                                                PodSecurityVersion) {
  std::vector<Violation> violations;
  for (const Container& container : request.Containers(pod)) {
    const std::optional<std::string_view>& proc_mount = container.proc_mount;
    if (!proc_mount || proc_mount == "Default") continue;
    violations.push_back(FieldOwner{pod, &container}.Violates(
        "securityContext.procMount", std::string(*proc_mount),
        fmt::format("uses the procMount {}", Quote(*proc_mount, 64))));
  }
  return violations;
}

CheckKind ProcMountRestricted() {
  return StandardCheck(
      "procMount_restricted",
      "containers must have the masked /proc of their runtime, also in a user namespace",
      "remove procMount or set it to Default");
}

}  // namespace tidewaiter
