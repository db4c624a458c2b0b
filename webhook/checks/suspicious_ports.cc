// suspiciousPorts: containers and Services must not use ports that remote control, proxies and
// miners are known for (MITRE ATT&CK T1571 Non-Standard Port).
//
// Fields spec.{containers,initContainers,ephemeralContainers}[*].ports[*].{containerPort,hostPort};
//          spec.ports[*].{port,targetPort,nodePort} of Services
// Allowed  every port that is not in `ports`
//
// What admission cannot see: a port that is not declared, and what a declared one is used for.

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "webhook/base/text.h"
#include "webhook/checks/port_range.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<PortRange> ports;
};

// One of the numbers of a port, and the field it stands in.
struct Number {
  std::string_view field;
  std::int32_t port;
};

std::int32_t NumberOf(std::string_view text) {
  std::int32_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size() ? number : 0;
}

// The first of the numbers that is in the list, as a violation.
template <std::size_t kCount>
void CheckNumbers(const Params& params, const std::array<Number, kCount>& numbers,
                  const std::string& path, std::string_view protocol, std::string_view container,
                  const std::string& whose, std::vector<Violation>& violations) {
  for (const Number& number : numbers) {
    if (!AnyContains(params.ports, number.port)) continue;
    violations.push_back(
        {fmt::format("{}.{}", path, number.field), std::string(container),
         fmt::format("{} {}/{}", number.field, number.port, protocol),
         fmt::format("{} uses port {}/{}, which is known for misuse", whose, number.port,
                     protocol.empty() ? "TCP" : PrintableText(CutToBytes(protocol, 16)))});
    return;
  }
}

std::vector<Violation> CheckPorts(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  if (const PodSpec* const pod = request.pod()) {
    for (const Container& container : request.Containers(*pod)) {
      for (const ContainerPort& port : container.ports) {
        const std::array<Number, 2> numbers = {
            {{"containerPort", port.container_port}, {"hostPort", port.host_port}}};
        CheckNumbers(params, numbers,
                     fmt::format("{}.ports[{}]", pod->PathOf(container), port.index), port.protocol,
                     container.name, fmt::format("container {}", Quote(container.name, 64)),
                     violations);
      }
    }
  }
  if (const Service* const service = request.service()) {
    for (const ServicePort& port : service->ports) {
      const std::array<Number, 3> numbers = {{{"port", port.port},
                                              {"targetPort", NumberOf(port.target_port)},
                                              {"nodePort", port.node_port}}};
      CheckNumbers(params, numbers, fmt::format("spec.ports[{}]", port.index), port.protocol, "",
                   "the Service", violations);
    }
  }
  return violations;
}

}  // namespace

CheckKind SuspiciousPorts() {
  return {
      "suspiciousPorts",
      "containers and Services must not use ports that are known for misuse",
      "use another port, or have the use of this one approved",
      {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true, .services = true},
      Bind<Params>({{"ports", "the ports: numbers and ranges", kRequired, &Params::ports}},
                   CheckPorts)};
}

}  // namespace tidewaiter
