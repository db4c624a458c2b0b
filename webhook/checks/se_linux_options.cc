// seLinuxOptions: a pod must not set an SELinux type that confines less, nor any user or role (Pod
// Security Standards, baseline).
//
// Fields   spec.securityContext.seLinuxOptions.type
//          spec.{containers,initContainers,ephemeralContainers}[*].securityContext.seLinuxOptions.type
// Allowed  undefined, "", container_t, container_init_t, container_kvm_t; from 1.31 on also
//          container_engine_t
//
// Fields   ....seLinuxOptions.{user,role}
// Allowed  undefined, ""

#include <fmt/core.h>

#include "webhook/base/text.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

bool IsAllowedType(std::string_view type, PodSecurityVersion version) {
  return type.empty() || type == "container_t" || type == "container_init_t" ||
         type == "container_kvm_t" ||
         (type == "container_engine_t" && version >= PodSecurityVersion{31});
}

}  // namespace

std::vector<Violation> CheckSeLinuxOptions(const AdmissionRequest& request, const PodSpec& pod,
                                           PodSecurityVersion version) {
  std::vector<Violation> violations;
  ForEachSecurityContext(
      request, pod, [&](const FieldOwner& owner, const SecurityContext& security) {
        const auto forbid = [&](std::string_view what, std::string_view value) {
          violations.push_back(
              owner.Violates(fmt::format("securityContext.seLinuxOptions.{}", what),
                             fmt::format("{} {}", what, value),
                             fmt::format("sets the SELinux {} {}", what, Quote(value, 64))));
        };
        if (!IsAllowedType(security.se_linux_type, version)) forbid("type", security.se_linux_type);
        if (!security.se_linux_user.empty()) forbid("user", security.se_linux_user);
        if (!security.se_linux_role.empty()) forbid("role", security.se_linux_role);
      });
  return violations;
}

CheckKind SeLinuxOptions() {
  return StandardCheck("seLinuxOptions",
                       "pods must not set SELinux types that confine less, nor user or role",
                       "remove the option, or use the type container_t");
}

}  // namespace tidewaiter
