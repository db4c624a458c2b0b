#include "webhook/kubernetes/object_parser.h"

#include <fmt/core.h>

#include <array>
#include <span>
#include <utility>

namespace tidewaiter {
namespace {

struct Workload {
  std::string_view group;
  std::string_view kind;
  std::vector<std::string_view> path;
};

const std::vector<Workload>& Workloads() {
  static const std::vector<Workload> kWorkloads = {
      {"", "Pod", {"spec"}},
      {"", "PodTemplate", {"template", "spec"}},
      {"", "ReplicationController", {"spec", "template", "spec"}},
      {"apps", "Deployment", {"spec", "template", "spec"}},
      {"apps", "ReplicaSet", {"spec", "template", "spec"}},
      {"apps", "StatefulSet", {"spec", "template", "spec"}},
      {"apps", "DaemonSet", {"spec", "template", "spec"}},
      {"batch", "Job", {"spec", "template", "spec"}},
      {"batch", "CronJob", {"spec", "jobTemplate", "spec", "template", "spec"}},
  };
  return kWorkloads;
}

void ReadPorts(ObjectReader& container, std::vector<ContainerPort>& ports) {
  container.Array("ports", [&](ObjectReader& reader, const FieldPath&, std::size_t index) {
    ContainerPort port;
    port.index = index;
    reader.String("name", port.name);
    reader.String("protocol", port.protocol);
    reader.Int32("containerPort", port.container_port);
    reader.Int32("hostPort", port.host_port);
    ports.push_back(port);
  });
}

void ReadProbes(ObjectReader& container, std::vector<ProbePort>& ports) {
  static constexpr std::array<std::string_view, 3> kProbes = {"livenessProbe", "readinessProbe",
                                                              "startupProbe"};
  static constexpr std::array<std::string_view, 3> kHandlers = {"httpGet", "tcpSocket", "grpc"};
  for (const std::string_view probe : kProbes) {
    container.Object(probe, [&](ObjectReader& reader, const FieldPath&) {
      for (const std::string_view handler : kHandlers) {
        reader.Object(handler, [&](ObjectReader& action, const FieldPath&) {
          ProbePort port{probe, handler, ""};
          action.IntOrString("port", port.port);
          ports.push_back(std::move(port));
        });
      }
    });
  }
}

// Returns how many containers the list has.
std::size_t ReadContainers(ObjectReader& spec, std::string_view list, ContainerKind kind,
                           std::vector<Container>& containers) {
  return spec.Array(list, [&](ObjectReader& reader, const FieldPath&, std::size_t index) {
    Container container;
    container.kind = kind;
    container.index = index;
    reader.String("name", container.name);
    reader.String("image", container.image);
    reader.Object("securityContext", [&](ObjectReader& security, const FieldPath&) {
      security.Bool("privileged", container.privileged);
    });
    ReadPorts(reader, container.ports);
    ReadProbes(reader, container.probe_ports);
    containers.push_back(std::move(container));
  });
}

void ReadVolumes(ObjectReader& spec, std::vector<Volume>& volumes) {
  spec.Array("volumes", [&](ObjectReader& reader, const FieldPath&, std::size_t index) {
    Volume volume;
    volume.index = index;
    reader.String("name", volume.name);
    reader.Object("image", [&](ObjectReader& image, const FieldPath&) {
      volume.has_image = true;
      image.String("reference", volume.image);
    });
    volumes.push_back(volume);
  });
}

PodSpec ReadPodSpec(ObjectReader& reader) {
  PodSpec spec;
  reader.Bool("hostNetwork", spec.host_network);
  reader.Bool("hostPID", spec.host_pid);
  reader.Bool("hostIPC", spec.host_ipc);
  ReadContainers(reader, "initContainers", ContainerKind::kInit, spec.containers);
  if (ReadContainers(reader, "containers", ContainerKind::kRegular, spec.containers) == 0) {
    reader.Error("containers", "expected at least one container");
  }
  ReadContainers(reader, "ephemeralContainers", ContainerKind::kEphemeral, spec.containers);
  ReadVolumes(reader, spec.volumes);
  return spec;
}

// Goes down `path` from `reader` and reads the pod spec at its end.
void ReadPodSpecAt(ObjectReader& reader, std::span<const std::string_view> path,
                   std::optional<PodSpec>& spec) {
  if (!reader.Has(path.front())) return reader.Error(path.front(), "expected an object, got none");
  reader.Object(path.front(), [&](ObjectReader& child, const FieldPath&) {
    if (path.size() == 1) {
      spec = ReadPodSpec(child);
    } else {
      ReadPodSpecAt(child, path.subspan(1), spec);
    }
  });
}

std::string Join(std::span<const std::string_view> path) {
  std::string text;
  for (const std::string_view part : path) {
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

Service ReadService(ObjectReader& reader) {
  Service service;
  reader.Object("spec", [&](ObjectReader& spec, const FieldPath&) {
    spec.Array("ports", [&](ObjectReader& entry, const FieldPath&, std::size_t index) {
      ServicePort port;
      port.index = index;
      entry.String("name", port.name);
      entry.String("protocol", port.protocol);
      entry.Int32("port", port.port);
      entry.IntOrString("targetPort", port.target_port);
      entry.Int32("nodePort", port.node_port);
      if (port.target_port.empty()) port.target_port = fmt::format("{}", port.port);
      service.ports.push_back(std::move(port));
    });
    spec.Strings("externalIPs", service.external_ips);
  });
  return service;
}

void ReadMetadata(ObjectReader& reader, KubernetesObject& object) {
  reader.Object("metadata", [&](ObjectReader& metadata, const FieldPath&) {
    metadata.String("name", object.name);
    metadata.String("generateName", object.generate_name);
    metadata.Array("ownerReferences", [&](ObjectReader& entry, const FieldPath&, std::size_t) {
      OwnerReference owner;
      bool controller = false;
      entry.String("kind", owner.kind);
      entry.String("name", owner.name);
      entry.Bool("controller", controller);
      if (controller || !object.owner) object.owner = owner;
    });
  });
}

}  // namespace

const std::vector<std::string_view>* PodSpecPath(const GroupVersionKind& kind) {
  for (const Workload& workload : Workloads()) {
    if (workload.group == kind.group && workload.kind == kind.kind) return &workload.path;
  }
  return nullptr;
}

KubernetesObject ParseObject(JsonValue value, const GroupVersionKind& kind, bool only_metadata,
                             const FieldPath& path, Diagnostics& diagnostics) {
  KubernetesObject object;
  if (value.type() != JsonType::kObject) {
    diagnostics.FieldError(path.parent == nullptr ? "object" : path.ToString(),
                           fmt::format("expected an object, got {}", JsonTypeName(value.type())));
    return object;
  }
  ObjectReader reader(value, path, diagnostics);
  ReadMetadata(reader, object);
  if (only_metadata) return object;
  if (const std::vector<std::string_view>* const spec_path = PodSpecPath(kind)) {
    ReadPodSpecAt(reader, *spec_path, object.pod);
    if (object.pod) object.pod->path = Join(*spec_path);
  } else if (kind.group.empty() && kind.kind == "Service") {
    object.service = ReadService(reader);
  }
  return object;
}

}  // namespace tidewaiter
