// hostPorts: a container must not bind a port of its node (Pod Security Standards, baseline).
//
// Field    spec.{containers,initContainers,ephemeralContainers}[*].ports[*].hostPort
// Allowed  undefined, null, 0, and the ports listed in the parameter `allowed`
//
// Beyond the standard, and not as a part of podSecurity: what counts is the effective port. A pod
// under hostNetwork binds each of its containerPorts on the node; the API server writes them as
// hostPort on pods, but not on templates.

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>

#include "webhook/base/text.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

struct PortRange {
  std::int32_t first = 0;
  std::int32_t last = 0;
};

// 8080 or "30000-32767".
void ReadValue(const YamlNode& node, PortRange& value, YamlContext& context) {
  const auto read = [&](const std::string& text, std::int32_t& port) {
    YamlNode part = node;
    part.plain = true;
    part.text = text;
    std::int64_t number = 0;
    if (!ReadInteger(part, 1, 65535, number, context)) return false;
    port = static_cast<std::int32_t>(number);
    return true;
  };
  const std::size_t hyphen = node.text.find('-', 1);
  const bool is_range = node.kind == YamlKind::kScalar && hyphen != std::string::npos;
  PortRange range;
  if (!read(is_range ? node.text.substr(0, hyphen) : node.text, range.first)) return;
  if (!is_range) {
    range.last = range.first;
  } else if (!read(node.text.substr(hyphen + 1), range.last)) {
    return;
  }
  if (range.last < range.first) {
    return context.Error(
        node, fmt::format("empty range {}: its end lies before its start", Quote(node.text, 64)));
  }
  value = range;
}

Shape ShapeOf(const PortRange*) {
  return OneOfShape({IntegerShape(1, 65535), TextShape("^[0-9]+(-[0-9]+)?$")});
}

struct Params {
  std::vector<PortRange> allowed;
  bool only_written = false;  // no parameter of a policy: what the standard looks at
};

bool IsAllowed(const Params& params, std::int32_t port) {
  return std::any_of(params.allowed.begin(), params.allowed.end(), [port](const PortRange& range) {
    return port >= range.first && port <= range.last;
  });
}

std::vector<Violation> PortsOfTheNode(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  const PodSpec* const pod = request.pod();
  if (pod == nullptr) return violations;
  for (const Container& container : request.Containers(*pod)) {
    std::set<std::tuple<std::int32_t, std::string_view>> reported;
    for (const ContainerPort& port : container.ports) {
      const std::int32_t effective =
          params.only_written ? port.host_port : pod->EffectiveHostPort(port);
      if (effective == 0 || IsAllowed(params, effective)) continue;
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
