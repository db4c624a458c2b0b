// hostPorts: a container must not bind a port of its node (Pod Security Standards, baseline).
//
// Field    spec.{containers,initContainers,ephemeralContainers}[*].ports[*].hostPort
// Allowed  undefined, null, 0, and the ports listed in the parameter `allowed`
//
// Beyond the standard, and not as a part of podSecurity: what counts is the effective port. A pod
// under hostNetwork binds each of its containerPorts on the node; the API server writes them as
// hostPort on pods, but not on templates.

#include <fmt/core.h>

#include <set>
#include <tuple>

#include "webhook/base/text.h"
#include "webhook/checks/pod_security.h"
#include "webhook/checks/port_range.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<PortRange> allowed;
  bool only_written = false;  // no parameter of a policy: what the standard looks at
};

std::vector<Violation> PortsOfTheNode(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  const PodSpec* const pod = request.pod();
  if (pod == nullptr) return violations;
  for (const Container& container : request.Containers(*pod)) {
    std::set<std::tuple<std::int32_t, std::string_view>> reported;
    for (const ContainerPort& port : container.ports) {
      const std::int32_t effective =
          params.only_written ? port.host_port : pod->EffectiveHostPort(port);
      if (effective == 0 || AnyContains(params.allowed, effective)) continue;
      if (!reported.emplace(effective, port.protocol).second) continue;
      const bool written = port.host_port != 0;
      violations.push_back(
          {fmt::format("{}.ports[{}].{}", pod->PathOf(container), port.index,
                       written ? "hostPort" : "containerPort"),
           std::string(container.name), fmt::format("{}/{}", effective, port.protocol),
           fmt::format("container {} binds port {}/{} of its node{}", Quote(container.name, 64),
                       effective, PrintableText(CutToBytes(port.protocol, 16)),
                       written ? "" : " through hostNetwork")});
    }
  }
  return violations;
}

}  // namespace

std::vector<Violation> CheckHostPorts(const AdmissionRequest& request, const PodSpec&,
                                      PodSecurityVersion) {
  return PortsOfTheNode(request, {.allowed = {}, .only_written = true});
}

CheckKind HostPorts() {
  return {"hostPorts",
          "containers must not bind ports of the node",
          "remove hostPort (and hostNetwork) and reach the container through a Service",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>({{"allowed", "ports that may be bound: numbers and ranges (30000-32767)",
                         kOptional, &Params::allowed}},
                       PortsOfTheNode)};
}

}  // namespace tidewaiter
