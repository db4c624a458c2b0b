// appArmorProfile: a pod must not switch AppArmor off or use a profile that is not on the node (Pod
// Security Standards, baseline).
//
// Fields   spec.securityContext.appArmorProfile.type
//          spec.{containers,initContainers,ephemeralContainers}[*].securityContext.appArmorProfile.type
// Allowed  no profile, RuntimeDefault, Localhost
//
// Field    metadata.annotations["container.apparmor.security.beta.kubernetes.io/*"]
// Allowed  undefined, "", runtime/default, localhost/*

#include <fmt/core.h>

#include "webhook/base/text.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckAppArmorProfile(const AdmissionRequest& request, const PodSpec& pod,
                                            PodSecurityVersion) {
  std::vector<Violation> violations;
  ForEachSecurityContext(
      request, pod, [&](const FieldOwner& owner, const SecurityContext& security) {
        const std::optional<std::string_view>& profile = security.app_armor_profile;
        if (!profile || profile == "RuntimeDefault" || profile == "Localhost") return;
        violations.push_back(
            owner.Violates("securityContext.appArmorProfile.type", std::string(*profile),
                           fmt::format("uses the AppArmor profile {}", Quote(*profile, 64))));
      });
  for (const Annotation& annotation : pod.profile_annotations) {
    const std::string_view value = annotation.value;
    if (!annotation.key.starts_with("container.apparmor.security.beta.kubernetes.io/") ||
        value.empty() || value == "runtime/default" || value.starts_with("localhost/")) {
      continue;
    }
    violations.push_back(AnnotationViolation(pod, annotation));
  }
  return violations;
}

CheckKind AppArmorProfile() {
  return StandardCheck("appArmorProfile", "AppArmor must not be switched off",
                       "use the type RuntimeDefault or Localhost, or leave the profile out");
}

}  // namespace tidewaiter
