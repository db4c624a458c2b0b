// expectedPorts: a container must not declare a port that its image is not known to listen on
// (MITRE ATT&CK T1571 Non-Standard Port).
//
// Fields   spec.{containers,initContainers,ephemeralContainers}[*].{image,ports[*].containerPort,
//          ports[*].protocol}
// Allowed  the ports that `expected` lists for the image's repository; any port where it lists none
//
// What admission cannot see: containerPort is documentation. A container listens on what it likes
// without declaring it.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/images.h"
#include "webhook/kubernetes/image_pattern.h"

namespace tidewaiter {
namespace {

struct Port {
  std::int32_t number = 0;
  std::string protocol = "TCP";
};

// 5432, which is TCP, or "53/UDP".
void ReadValue(const YamlNode& node, Port& value, YamlContext& context) {
  if (node.kind != YamlKind::kScalar) return context.WrongType(node, "a port, as in 53/UDP");
  const std::size_t slash = node.text.find('/');
  Port port;
  if (slash != std::string::npos) port.protocol = node.text.substr(slash + 1);
  if (port.protocol != "TCP" && port.protocol != "UDP" && port.protocol != "SCTP") {
    return UnknownWord(node, "protocol", {"TCP", "UDP", "SCTP"}, context);
  }
  YamlNode digits = node;
  digits.plain = true;
  digits.text = node.text.substr(0, slash);
  std::int64_t number = 0;
  if (!ReadInteger(digits, 1, 65535, number, context)) return;
  port.number = static_cast<std::int32_t>(number);
  value = port;
}

struct Expectation {
  ImagePattern repositories;
  std::vector<Port> ports;
};

struct Params {
  std::vector<Expectation> expected;
};

// A map: the repositories are its keys.
void ReadExpected(const YamlNode& node, Params& params, YamlContext& context) {
  if (node.kind != YamlKind::kMap) {
    return context.WrongType(node, "a map of repositories to lists of ports");
  }
  for (const auto& [key, value] : node.entries) {
    const std::size_t errors = context.errors();
    Expectation expectation;
    ReadValue(key, expectation.repositories, context);
    ReadValue(value, expectation.ports, context);
    if (context.errors() == errors) params.expected.push_back(std::move(expectation));
  }
}

// The ports of all entries that the image matches; null if none does.
std::optional<std::vector<Port>> PortsOf(const Params& params, const ImageReference& image) {
  std::optional<std::vector<Port>> ports;
  for (const Expectation& expectation : params.expected) {
    if (!expectation.repositories.Matches(image)) continue;
    if (!ports) ports.emplace();
    ports->insert(ports->end(), expectation.ports.begin(), expectation.ports.end());
  }
  return ports;
}

std::vector<Violation> CheckPorts(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  const PodSpec* const pod = request.pod();
  if (pod == nullptr) return violations;
  for (const Container& container : request.Containers(*pod)) {
    if (container.ports.empty()) continue;
    std::string fault;
    const std::optional<ImageReference> image = ReadImage(container.image, fault);
    if (!image) continue;  // imagePinning tells it
    const std::optional<std::vector<Port>> expected = PortsOf(params, *image);
    if (!expected) continue;
    for (const ContainerPort& port : container.ports) {
      const std::string_view protocol = port.protocol.empty() ? "TCP" : port.protocol;
      if (std::any_of(expected->begin(), expected->end(), [&](const Port& other) {
            return other.number == port.container_port && other.protocol == protocol;
          })) {
        continue;
      }
      const std::string shown =
          fmt::format("{}/{}", port.container_port, PrintableText(CutToBytes(protocol, 16)));
      violations.push_back(
          {fmt::format("{}.ports[{}].containerPort", pod->PathOf(container), port.index),
           std::string(container.name), shown,
           fmt::format("container {} declares port {}, which {}/{} is not known to use",
                       Quote(container.name, 64), shown, PrintableText(image->registry),
                       image->repository)});
    }
  }
  return violations;
}

}  // namespace

CheckKind ExpectedPorts() {
  return {
      "expectedPorts",
      "containers must declare only ports that their image is known to use",
      "use the image's own port, or have the port added to the policy",
      {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
      Bind<Params>({{"expected", "ports by repository: {docker.io/library/postgres: [5432/TCP]}",
                     kRequired, ShapeOfKind(Shape::Kind::kFreeMap), ReadExpected}},
                   CheckPorts)};
}

}  // namespace tidewaiter
