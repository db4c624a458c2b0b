// runAsNonRoot: a container must be required to run as another user than root (Pod Security
// Standards, restricted).
//
// Fields   spec.securityContext.runAsNonRoot
//          spec.{containers,initContainers,ephemeralContainers}[*].securityContext.runAsNonRoot
// Allowed  true; for a container also undefined, if the pod has true. From 1.35 on anything, if
//          spec.hostUsers is false: root in the pod is nobody on the node

#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckRunAsNonRoot(const AdmissionRequest& request, const PodSpec& pod,
                                         PodSecurityVersion version) {
  static constexpr std::string_view kField = "securityContext.runAsNonRoot";
  static constexpr std::string_view kFalse = "sets runAsNonRoot to false";
  std::vector<Violation> violations;
  if (pod.HasUserNamespace() && version >= PodSecurityVersion{35}) return violations;
  if (pod.security.run_as_non_root == false) {
    violations.push_back(FieldOwner{pod}.Violates(kField, "false", kFalse));
  }
  for (const Container& container : request.Containers(pod)) {
    const FieldOwner owner{pod, &container};
    // What a container inherits of the pod is told once, above.
    if (container.security.run_as_non_root == false) {
      violations.push_back(owner.Violates(kField, "false", kFalse));
    } else if (!pod.RunAsNonRoot(container)) {
      violations.push_back(
          owner.Violates(kField, "none", "does not set runAsNonRoot to true, nor does its pod"));
    }
  }
  return violations;
}

CheckKind RunAsNonRoot() {
  return StandardCheck("runAsNonRoot",
                       "containers must be required to run as another user than root",
                       "set securityContext.runAsNonRoot to true, for the pod or the container");
}

}  // namespace tidewaiter
