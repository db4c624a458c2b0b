// portChanges: an UPDATE changes the ports of a workload or Service (MITRE ATT&CK T1571
// Non-Standard Port).
//
// Fields   of containers: ports[*].{name,protocol,containerPort,hostPort} and each probe's port;
//          of Services: spec.ports[*].{name,protocol,port,targetPort,nodePort}, spec.externalIPs
// Allowed  the same set as before; the order of a list is no change, nor is a protocol left out
//          that was TCP
//
// Containers are compared by name: a renamed one is one removed and one added. What admission
// cannot see: a port that a container listens on without declaring it.

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {};

// One port as it is compared, and where the new object has it.
struct Port {
  std::string shown;  // "8080/TCP", with what else is compared
  std::string field;

  bool operator<(const Port& other) const { return shown < other.shown; }
};

std::string Protocol(std::string_view protocol) {
  return protocol.empty() ? "TCP" : PrintableText(CutToBytes(protocol, 16));
}

std::string Named(std::string_view name) {
  return name.empty() ? "" : fmt::format(" {}", Quote(name, 64));
}

std::vector<Port> PortsOf(const PodSpec& pod, const Container& container) {
  std::vector<Port> ports;
  const std::string path = pod.PathOf(container);
  for (const ContainerPort& port : container.ports) {
    std::string shown =
        fmt::format("{}/{}{}", port.container_port, Protocol(port.protocol), Named(port.name));
    if (port.host_port != 0) shown += fmt::format(" (host port {})", port.host_port);
    ports.push_back(
        {std::move(shown), fmt::format("{}.ports[{}].containerPort", path, port.index)});
  }
  for (const ProbePort& probe : container.probe_ports) {
    ports.push_back({fmt::format("{} {}", PrintableText(CutToBytes(probe.port, 64)), probe.probe),
                     fmt::format("{}.{}.{}.port", path, probe.probe, probe.handler)});
  }
  return ports;
}

std::vector<Port> PortsOf(const Service& service) {
  std::vector<Port> ports;
  for (const ServicePort& port : service.ports) {
    std::string shown =
        fmt::format("{}/{}{} to {}", port.port, Protocol(port.protocol), Named(port.name),
                    PrintableText(CutToBytes(port.target_port, 64)));
    if (port.node_port != 0) shown += fmt::format(" (node port {})", port.node_port);
    ports.push_back({std::move(shown), fmt::format("spec.ports[{}].port", port.index)});
  }
  for (std::size_t i = 0; i < service.external_ips.size(); ++i) {
    ports.push_back(
        {fmt::format("external IP {}", PrintableText(CutToBytes(service.external_ips[i], 64))),
         fmt::format("spec.externalIPs[{}]", i)});
  }
  return ports;
}

// What is in `from` and not in `other`, each once.
std::vector<Port> Difference(std::vector<Port> from, std::vector<Port> other) {
  std::sort(from.begin(), from.end());
  std::sort(other.begin(), other.end());
  std::vector<Port> left;
  std::set_difference(from.begin(), from.end(), other.begin(), other.end(),
                      std::back_inserter(left));
  return left;
}

// A port that went and one that came at the same time are shown as one change.
void Compare(const std::string& whose, const std::string& container, const std::string& list,
             const std::vector<Port>& before, const std::vector<Port>& after,
             std::vector<Violation>& violations) {
  const std::vector<Port> gone = Difference(before, after);
  const std::vector<Port> come = Difference(after, before);
  for (std::size_t i = 0; i < std::max(gone.size(), come.size()); ++i) {
    const bool has_gone = i < gone.size();
    const bool has_come = i < come.size();
    const std::string what = has_gone && has_come
                                 ? fmt::format("changes {} into {}", gone[i].shown, come[i].shown)
                             : has_gone ? fmt::format("no longer has {}", gone[i].shown)
                                        : fmt::format("adds {}", come[i].shown);
    violations.push_back(
        {has_come ? come[i].field : list, container, what, fmt::format("{} {}", whose, what)});
  }
}

void ComparePods(const AdmissionRequest& request, const PodSpec& before, const PodSpec& after,
                 std::vector<Violation>& violations) {
  std::map<std::string_view, const Container*> old;
  for (const Container& container : request.Containers(before)) old[container.name] = &container;
  for (const Container& container : request.Containers(after)) {
    const auto found = old.find(container.name);
    if (found != old.end() && found->second->ports == container.ports &&
        found->second->probe_ports == container.probe_ports) {
      old.erase(found);
      continue;
    }
    Compare(fmt::format("container {}", Quote(container.name, 64)), std::string(container.name),
            after.PathOf(container) + ".ports",
            found == old.end() ? std::vector<Port>() : PortsOf(before, *found->second),
            PortsOf(after, container), violations);
    if (found != old.end()) old.erase(found);
  }
  for (const auto& [name, container] : old) {
    Compare(fmt::format("removed container {}", Quote(name, 64)), std::string(name), after.path,
            PortsOf(before, *container), {}, violations);
  }
}

std::vector<Violation> CheckPortChanges(const AdmissionRequest& request, const Params&) {
  std::vector<Violation> violations;
  const PodSpec* const before = request.old_pod();
  const PodSpec* const after = request.pod();
  if (before != nullptr && after != nullptr) ComparePods(request, *before, *after, violations);
  const Service* const old_service = request.old_service();
  const Service* const service = request.service();
  if (old_service != nullptr && service != nullptr) {
    Compare("the Service", "", "spec.ports", PortsOf(*old_service), PortsOf(*service), violations);
  }
  return violations;
}

}  // namespace

CheckKind PortChanges() {
  return {"portChanges",
          "updates must not change ports",
          "make port changes a reviewed change of their own",
          {.operations = {Operation::kUpdate}, .pod_specs = true, .services = true},
          Bind<Params>({}, CheckPortChanges)};
}

}  // namespace tidewaiter
