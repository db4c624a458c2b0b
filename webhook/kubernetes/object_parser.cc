#include "webhook/kubernetes/object_parser.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "webhook/base/canonical_json.h"

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

// Literal is what has a value and no other source.
void ReadEnvironment(ObjectReader& container, std::vector<EnvironmentVariable>& env) {
  container.Array("env", [&](ObjectReader& reader, const FieldPath&, std::size_t) {
    EnvironmentVariable& variable = env.emplace_back();
    reader.String("name", variable.name);
    reader.String("value", variable.value);
    variable.literal = !reader.Has("valueFrom");
  });
}

// What a probe or a hook does; the port that it calls only of a probe.
void ReadHandlers(ObjectReader& reader, std::string_view hook, bool is_probe,
                  Container& container) {
  reader.Object("exec", [&](ObjectReader& action, const FieldPath&) {
    HookCommand& command = container.hook_commands.emplace_back();
    command.hook = hook;
    action.Strings("command", command.command);
  });
  static constexpr std::array<std::string_view, 3> kHandlers = {"httpGet", "tcpSocket", "grpc"};
  for (const std::string_view handler : kHandlers) {
    reader.Object(handler, [&](ObjectReader& action, const FieldPath&) {
      if (is_probe) {
        ProbePort port{hook, handler, ""};
        action.IntOrString("port", port.port);
        container.probe_ports.push_back(std::move(port));
      }
      if (handler == "grpc") return;  // always calls the pod itself
      std::string_view host;
      action.String("host", host);
      if (!host.empty()) container.handler_hosts.push_back({hook, handler, host});
    });
  }
}

void ReadProbesAndHooks(ObjectReader& reader, Container& container) {
  static constexpr std::array<std::string_view, 3> kProbes = {"livenessProbe", "readinessProbe",
                                                              "startupProbe"};
  for (const std::string_view probe : kProbes) {
    reader.Object(probe, [&](ObjectReader& child, const FieldPath&) {
      ReadHandlers(child, probe, true, container);
    });
  }
  reader.Object("lifecycle", [&](ObjectReader& lifecycle, const FieldPath&) {
    lifecycle.Object("postStart", [&](ObjectReader& child, const FieldPath&) {
      ReadHandlers(child, "lifecycle.postStart", false, container);
    });
    lifecycle.Object("preStop", [&](ObjectReader& child, const FieldPath&) {
      ReadHandlers(child, "lifecycle.preStop", false, container);
    });
  });
}

void ReadProfile(ObjectReader& security, std::string_view key,
                 std::optional<std::string_view>& type) {
  security.Object(key, [&](ObjectReader& profile, const FieldPath&) {
    type = "";
    profile.String("type", type);
  });
}

void ReadSecurity(ObjectReader& reader, SecurityContext& security) {
  ReadProfile(reader, "appArmorProfile", security.app_armor_profile);
  ReadProfile(reader, "seccompProfile", security.seccomp_profile);
  reader.Object("seLinuxOptions", [&](ObjectReader& options, const FieldPath&) {
    options.String("type", security.se_linux_type);
    options.String("user", security.se_linux_user);
    options.String("role", security.se_linux_role);
  });
  reader.Object("windowsOptions", [&](ObjectReader& options, const FieldPath&) {
    options.Bool("hostProcess", security.windows_host_process);
  });
  reader.Bool("runAsNonRoot", security.run_as_non_root);
  reader.Int64("runAsUser", security.run_as_user);
}

void ReadContainerSecurity(ObjectReader& reader, Container& container) {
  ReadSecurity(reader, container.security);
  reader.Bool("privileged", container.privileged);
  reader.Bool("allowPrivilegeEscalation", container.allow_privilege_escalation);
  reader.String("procMount", container.proc_mount);
  reader.Object("capabilities", [&](ObjectReader& capabilities, const FieldPath&) {
    capabilities.Strings("add", container.added_capabilities);
    capabilities.Strings("drop", container.dropped_capabilities);
  });
}

void ReadVolumeMounts(ObjectReader& container, std::vector<VolumeMount>& mounts) {
  container.Array("volumeMounts", [&](ObjectReader& reader, const FieldPath&, std::size_t) {
    VolumeMount mount;
    reader.String("name", mount.volume);
    reader.Bool("readOnly", mount.read_only);
    mounts.push_back(mount);
  });
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
    reader.String("imagePullPolicy", container.image_pull_policy);
    reader.Object("securityContext", [&](ObjectReader& security, const FieldPath&) {
      ReadContainerSecurity(security, container);
    });
    ReadPorts(reader, container.ports);
    ReadProbesAndHooks(reader, container);
    ReadVolumeMounts(reader, container.volume_mounts);
    reader.Strings("command", container.command);
    reader.Strings("args", container.args);
    ReadEnvironment(reader, container.env);
    containers.push_back(std::move(container));
  });
}

void ReadVolumes(ObjectReader& spec, std::vector<Volume>& volumes) {
  spec.Array("volumes", [&](ObjectReader& reader, const FieldPath&, std::size_t index) {
    Volume volume;
    volume.index = index;
    reader.String("name", volume.name);
    reader.Objects("name", [&](ObjectReader& source, std::string_view key) {
      volume.sources.push_back(key);
      if (key == "hostPath") {
        volume.host_path = "";
        source.String("path", volume.host_path);
      }
      if (key != "image") return;
      volume.has_image = true;
      source.String("reference", volume.image);
      source.String("pullPolicy", volume.image_pull_policy);
    });
    volumes.push_back(std::move(volume));
  });
}

void ReadNameResolution(ObjectReader& reader, PodSpec& spec) {
  reader.String("dnsPolicy", spec.dns_policy);
  reader.Object("dnsConfig", [&](ObjectReader& config, const FieldPath&) {
    config.Strings("nameservers", spec.nameservers);
  });
  reader.Array("hostAliases", [&](ObjectReader& entry, const FieldPath&, std::size_t) {
    HostAlias& alias = spec.host_aliases.emplace_back();
    entry.String("ip", alias.ip);
    entry.Strings("hostnames", alias.hostnames);
  });
}

PodSpec ReadPodSpec(ObjectReader& reader) {
  PodSpec spec;
  spec.written = reader.value();
  reader.Bool("hostNetwork", spec.host_network);
  reader.Bool("hostPID", spec.host_pid);
  reader.Bool("hostIPC", spec.host_ipc);
  reader.Bool("hostUsers", spec.host_users);
  reader.Object("os", [&](ObjectReader& os, const FieldPath&) { os.String("name", spec.os); });
  reader.Object("securityContext", [&](ObjectReader& security, const FieldPath&) {
    ReadSecurity(security, spec.security);
    security.Array("sysctls", [&](ObjectReader& sysctl, const FieldPath&, std::size_t) {
      sysctl.String("name", spec.sysctls.emplace_back());
    });
  });
  ReadContainers(reader, "initContainers", ContainerKind::kInit, spec.containers);
  if (ReadContainers(reader, "containers", ContainerKind::kRegular, spec.containers) == 0) {
    reader.Error("containers", "expected at least one container");
  }
  ReadContainers(reader, "ephemeralContainers", ContainerKind::kEphemeral, spec.containers);
  ReadVolumes(reader, spec.volumes);
  ReadNameResolution(reader, spec);
  return spec;
}

bool IsProfileAnnotation(std::string_view key) {
  return key.starts_with("container.apparmor.security.beta.kubernetes.io/") ||
         key.starts_with("container.seccomp.security.alpha.kubernetes.io/") ||
         key == "seccomp.security.alpha.kubernetes.io/pod";
}

// `reader` is what holds the metadata and the spec of a pod: a Pod, or a template.
void ReadProfileAnnotations(ObjectReader& reader, std::vector<Annotation>& annotations) {
  reader.Object("metadata", [&](ObjectReader& metadata, const FieldPath&) {
    metadata.TextsOf("annotations", IsProfileAnnotation,
                     [&](std::string_view key, std::string_view value) {
                       annotations.push_back({key, value});
                     });
  });
}

// Goes down `path` from `reader` and reads the pod spec at its end.
void ReadPodSpecAt(ObjectReader& reader, std::span<const std::string_view> path,
                   std::optional<PodSpec>& spec) {
  if (!reader.Has(path.front())) return reader.Error(path.front(), "expected an object, got none");
  reader.Object(path.front(), [&](ObjectReader& child, const FieldPath&) {
    if (path.size() == 1) {
      spec = ReadPodSpec(child);
      ReadProfileAnnotations(reader, spec->profile_annotations);
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
    spec.String("type", service.type);
    spec.Strings("externalIPs", service.external_ips);
    spec.String("loadBalancerIP", service.load_balancer_ip);
    spec.Strings("loadBalancerSourceRanges", service.load_balancer_source_ranges);
    spec.String("externalName", service.external_name);
    spec.TextsOf(
        "selector", [](std::string_view) { return true; },
        [&](std::string_view key, std::string_view value) {
          service.selector.emplace_back(key, value);
        });
    std::sort(service.selector.begin(), service.selector.end());
  });
  return service;
}

PersistentVolume ReadPersistentVolume(ObjectReader& reader) {
  PersistentVolume volume;
  reader.Object("spec", [&](ObjectReader& spec, const FieldPath&) {
    for (const std::string_view source : {"hostPath", "local"}) {
      spec.Object(source, [&](ObjectReader& child, const FieldPath&) {
        volume.node_source = source;
        child.String("path", volume.path);
      });
    }
  });
  return volume;
}

std::vector<std::string> ReadRules(ObjectReader& spec, std::string_view key) {
  std::vector<std::string> rules;
  spec.Array(key, [&](ObjectReader& rule, const FieldPath&, std::size_t) {
    rules.push_back(CanonicalJson(rule.value()));
  });
  return rules;
}

// Without policyTypes a policy is about ingress, and about egress if it has rules for that.
NetworkPolicy ReadNetworkPolicy(ObjectReader& reader) {
  NetworkPolicy policy;
  reader.Object("spec", [&](ObjectReader& spec, const FieldPath&) {
    policy.pod_selector = CanonicalJson(spec.At("podSelector"));
    spec.Object("podSelector", [&](ObjectReader& selector, const FieldPath&) {
      selector.TextsOf(
          "matchLabels", [](std::string_view) { return true; },
          [&](std::string_view key, std::string_view) { policy.selected_keys.push_back(key); });
      selector.Array("matchExpressions", [&](ObjectReader& entry, const FieldPath&, std::size_t) {
        entry.String("key", policy.selected_keys.emplace_back());
      });
    });
    policy.ingress = ReadRules(spec, "ingress");
    policy.egress = ReadRules(spec, "egress");
    std::vector<std::string_view> types;
    spec.Strings("policyTypes", types);
    const auto has = [&](std::string_view type) {
      return std::find(types.begin(), types.end(), type) != types.end();
    };
    policy.closes_ingress = types.empty() || has("Ingress");
    policy.closes_egress = types.empty() ? !policy.egress.empty() : has("Egress");
  });
  return policy;
}

bool IsConnectOptions(const GroupVersionKind& kind) {
  static constexpr std::array<std::string_view, 6> kKinds = {
      "PodExecOptions",  "PodAttachOptions", "PodPortForwardOptions",
      "PodProxyOptions", "NodeProxyOptions", "ServiceProxyOptions"};
  return kind.group.empty() && std::find(kKinds.begin(), kKinds.end(), kind.kind) != kKinds.end();
}

ConnectOptions ReadConnectOptions(ObjectReader& reader) {
  ConnectOptions options;
  reader.Strings("command", options.command);
  reader.String("container", options.container);
  reader.Bool("stdin", options.standard_input);
  reader.Bool("tty", options.terminal);
  reader.String("path", options.path);
  return options;
}

void ReadMetadata(ObjectReader& reader, KubernetesObject& object) {
  reader.Object("metadata", [&](ObjectReader& metadata, const FieldPath&) {
    metadata.String("name", object.name);
    metadata.String("generateName", object.generate_name);
    metadata.TextsOf(
        "labels", [](std::string_view) { return true; },
        [&](std::string_view key, std::string_view value) {
          object.labels.emplace_back(key, value);
        });
    metadata.TextsOf(
        "annotations", [](std::string_view key) { return key == "kubernetes.io/config.mirror"; },
        [&](std::string_view, std::string_view) { object.is_mirror = true; });
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
  if (IsConnectOptions(kind)) object.connect = ReadConnectOptions(reader);
  if (kind.group == "networking.k8s.io" && kind.kind == "NetworkPolicy") {
    object.network_policy = ReadNetworkPolicy(reader);
  }
  if (only_metadata) return object;
  if (const std::vector<std::string_view>* const spec_path = PodSpecPath(kind)) {
    ReadPodSpecAt(reader, *spec_path, object.pod);
    if (object.pod) object.pod->path = Join(*spec_path);
  } else if (kind.group.empty() && kind.kind == "Service") {
    object.service = ReadService(reader);
  } else if (kind.group.empty() && kind.kind == "PersistentVolume") {
    object.persistent_volume = ReadPersistentVolume(reader);
  }
  return object;
}

}  // namespace tidewaiter
