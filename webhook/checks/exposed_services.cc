// exposedServices: a Service must not open a way into the cluster from outside (MITRE ATT&CK T1133
// External Remote Services).
//
// Fields   spec.type, spec.ports[*].nodePort, spec.loadBalancerSourceRanges of Services
// Allowed  types that are not in `types`; node ports within `nodePorts`, where it is given; and
// with
//          `sourceRangesRequired` a load balancer that names who may come: no network of it may
//          hold half of all addresses, or more
//
// A node port that the API server has chosen itself is judged, too: it is in the review. What
// admission cannot see: firewalls, what the provider's load balancer does with annotations, an
// Ingress or a gateway.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/ip_network.h"
#include "webhook/base/text.h"
#include "webhook/checks/port_range.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

enum class ServiceType { kNodePort, kLoadBalancer };

Words<ServiceType> WordsOf(ServiceType) {
  static constexpr Word<ServiceType> kWords[] = {{"NodePort", ServiceType::kNodePort},
                                                 {"LoadBalancer", ServiceType::kLoadBalancer}};
  return {"type", kWords};
}

struct Params {
  std::vector<ServiceType> types = {ServiceType::kNodePort, ServiceType::kLoadBalancer};
  std::vector<PortRange> node_ports;  // empty: any
  bool source_ranges_required = false;
};

std::string_view Trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return "";
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

// Whether a source range lets in everybody, or is none.
bool IsOpen(std::string_view range) {
  std::string error;
  const std::optional<IpNetwork> network = ParseIpNetwork(Trimmed(range), error);
  return !network || network->prefix <= 1;
}

void CheckSourceRanges(const Service& service, std::vector<Violation>& violations) {
  const auto& ranges = service.load_balancer_source_ranges;
  if (ranges.empty()) {
    violations.push_back({"spec.loadBalancerSourceRanges", "", "open to all",
                          "the load balancer of the Service takes connections from everywhere"});
  }
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (!IsOpen(ranges[i])) continue;
    violations.push_back({fmt::format("spec.loadBalancerSourceRanges[{}]", i), "", "open to all",
                          fmt::format("the load balancer of the Service takes connections from {}",
                                      Quote(ranges[i], 64))});
  }
}

std::vector<Violation> CheckExposure(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  const Service* const service = request.service();
  if (service == nullptr) return violations;
  const bool balanced = service->type == "LoadBalancer";
  for (const ServiceType type : params.types) {
    if (service->type != WordOf(type)) continue;
    violations.push_back({"spec.type", "", std::string(service->type),
                          fmt::format("the Service can be reached from outside the cluster, as a "
                                      "{}",
                                      service->type)});
  }
  if (balanced && params.source_ranges_required) CheckSourceRanges(*service, violations);
  if (params.node_ports.empty()) return violations;
  for (const ServicePort& port : service->ports) {
    if (port.node_port == 0 || AnyContains(params.node_ports, port.node_port)) continue;
    violations.push_back(
        {fmt::format("spec.ports[{}].nodePort", port.index), "",
         fmt::format("{}/{}", port.node_port, port.protocol),
         fmt::format("the Service takes port {} of every node, which is not one of those allowed",
                     port.node_port)});
  }
  return violations;
}

}  // namespace

CheckKind ExposedServices() {
  return {"exposedServices",
          "Services must not be reachable from outside the cluster",
          "use type ClusterIP, and an Ingress or a gateway that the platform team runs",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .services = true},
          Bind<Params>({{"types", "types that are told (default: NodePort, LoadBalancer)",
                         kOptional, &Params::types},
                        {"nodePorts", "the only node ports that may be taken: numbers and ranges",
                         kOptional, &Params::node_ports},
                        {"sourceRangesRequired",
                         "a load balancer must name the networks that may come (default: false)",
                         kOptional, &Params::source_ranges_required}},
                       CheckExposure)};
}

}  // namespace tidewaiter
