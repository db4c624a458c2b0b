// hostNamespaces: a pod must not share its node's namespaces (Pod Security Standards, baseline).
//
// Fields   spec.hostNetwork, spec.hostPID, spec.hostIPC
// Allowed  undefined, null, false

#include <fmt/core.h>

#include <array>

#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

enum class HostNamespace { kNetwork, kPid, kIpc };

Words<HostNamespace> WordsOf(HostNamespace) {
  static constexpr Word<HostNamespace> kWords[] = {{"network", HostNamespace::kNetwork},
                                                   {"pid", HostNamespace::kPid},
                                                   {"ipc", HostNamespace::kIpc}};
  return {"namespace", kWords};
}

struct Params {
  std::vector<HostNamespace> namespaces = {HostNamespace::kNetwork, HostNamespace::kPid,
                                           HostNamespace::kIpc};
};

std::vector<Violation> SharedNamespaces(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  const PodSpec* const pod = request.pod();
  if (pod == nullptr) return violations;
  for (const HostNamespace wanted : params.namespaces) {
    const auto [shared, field, what] =
        wanted == HostNamespace::kNetwork ? std::tuple(pod->host_network, "hostNetwork", "network")
        : wanted == HostNamespace::kPid   ? std::tuple(pod->host_pid, "hostPID", "process")
                                          : std::tuple(pod->host_ipc, "hostIPC", "IPC");
    if (!shared) continue;
    violations.push_back({fmt::format("{}.{}", pod->path, field), "", field,
                          fmt::format("the pod shares its node's {} namespace", what)});
  }
  return violations;
}

}  // namespace

std::vector<Violation> CheckHostNamespaces(const AdmissionRequest& request, const PodSpec&,
                                           PodSecurityVersion) {
  return SharedNamespaces(request, Params());
}

CheckKind HostNamespaces() {
  return {"hostNamespaces",
          "pods must not share namespaces of the node",
          "remove it or set it to false",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>({{"namespaces", "which of network, pid and ipc are looked at (default: all)",
                         kOptional, &Params::namespaces}},
                       SharedNamespaces)};
}

}  // namespace tidewaiter
