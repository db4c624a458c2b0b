// sysctls: a pod must not set parameters of the kernel that are not safe: those that are not
// isolated from other pods and the node (Pod Security Standards, baseline).
//
// Field    spec.securityContext.sysctls[*].name
// Allowed  the names below, each from its version on

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

struct SafeSysctl {
  std::string_view name;
  PodSecurityVersion since;
};

constexpr SafeSysctl kSafe[] = {
    {"kernel.shm_rmid_forced", {0}},
    {"net.ipv4.ip_local_port_range", {0}},
    {"net.ipv4.ip_unprivileged_port_start", {0}},
    {"net.ipv4.ping_group_range", {0}},
    {"net.ipv4.tcp_syncookies", {0}},
    {"net.ipv4.ip_local_reserved_ports", {27}},
    {"net.ipv4.tcp_fin_timeout", {29}},
    {"net.ipv4.tcp_keepalive_intvl", {29}},
    {"net.ipv4.tcp_keepalive_probes", {29}},
    {"net.ipv4.tcp_keepalive_time", {29}},
    {"net.ipv4.tcp_rmem", {32}},
    {"net.ipv4.tcp_wmem", {32}},
    {"net.ipv4.tcp_notsent_lowat", {37}},
    {"net.ipv4.tcp_slow_start_after_idle", {37}},
};

}  // namespace

std::vector<Violation> CheckSysctls(const AdmissionRequest&, const PodSpec& pod,
                                    PodSecurityVersion version) {
  std::vector<Violation> violations;
  for (std::size_t i = 0; i < pod.sysctls.size(); ++i) {
    const std::string_view name = pod.sysctls[i];
    const bool is_safe = std::any_of(
        std::begin(kSafe), std::end(kSafe),
        [&](const SafeSysctl& safe) { return safe.name == name && version >= safe.since; });
    if (is_safe) continue;
    violations.push_back(FieldOwner{pod}.Violates(
        fmt::format("securityContext.sysctls[{}].name", i), std::string(name),
        fmt::format("sets the sysctl {}", Quote(name, 253))));
  }
  return violations;
}

CheckKind Sysctls() {
  return StandardCheck("sysctls", "pods must only set safe sysctls",
                       "remove the sysctl, or have it set on the nodes");
}

}  // namespace tidewaiter
