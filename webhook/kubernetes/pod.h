#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/json.h"
#include "webhook/kubernetes/command.h"

// What the checks read of a pod, typed. Text is a view into the request that it came from. Numbers
// and flags that are absent or null have the value that Kubernetes gives them; what Kubernetes
// tells from absent is optional.
namespace tidewaiter {

enum class ContainerKind : std::uint8_t { kInit, kRegular, kEphemeral };

// An entry of `ports`.
struct ContainerPort {
  std::size_t index = 0;
  std::string_view name;
  std::string_view protocol = "TCP";
  std::int32_t container_port = 0;
  std::int32_t host_port = 0;  // as written; 0 is none

  bool operator==(const ContainerPort&) const = default;
};

// The port that a probe calls: a number, or the name of a port of the container.
struct ProbePort {
  std::string_view probe;    // livenessProbe, readinessProbe, startupProbe
  std::string_view handler;  // httpGet, tcpSocket, grpc
  std::string port;

  bool operator==(const ProbePort&) const = default;
};

// The host that a probe or a lifecycle hook calls, where it names one.
struct HandlerHost {
  std::string_view hook;  // livenessProbe, readinessProbe, startupProbe, lifecycle.postStart, ...
  std::string_view handler;  // httpGet, tcpSocket
  std::string_view host;
};

// An entry of `volumeMounts`.
struct VolumeMount {
  std::string_view volume;
  bool read_only = false;
};

// What the securityContext of a container and that of a pod have in common.
struct SecurityContext {
  std::optional<std::string_view> app_armor_profile;  // its type; "" if the profile names none
  std::optional<std::string_view> seccomp_profile;    // the same
  std::string_view se_linux_type;
  std::string_view se_linux_user;
  std::string_view se_linux_role;
  std::optional<bool> run_as_non_root;
  std::optional<std::int64_t> run_as_user;
  bool windows_host_process = false;
};

struct Container {
  ContainerKind kind = ContainerKind::kRegular;
  std::size_t index = 0;  // within its own list
  std::string_view name;
  std::string_view image;  // empty if there is none
  std::string_view image_pull_policy;
  bool privileged = false;
  std::optional<bool> allow_privilege_escalation;
  std::optional<std::string_view> proc_mount;
  std::vector<std::string_view> added_capabilities;    // as written: CAP_CHOWN is not CHOWN
  std::vector<std::string_view> dropped_capabilities;  // the same
  SecurityContext security;  // its own; see the PodSpec for inherited ones
  std::vector<ContainerPort> ports;
  std::vector<ProbePort> probe_ports;
  std::vector<HandlerHost> handler_hosts;
  std::vector<VolumeMount> volume_mounts;
  std::vector<std::string_view> command;
  std::vector<std::string_view> args;
  std::vector<HookCommand> hook_commands;
  std::vector<EnvironmentVariable> env;
};

struct Volume {
  std::size_t index = 0;
  std::string_view name;
  bool has_image = false;  // an image volume (Kubernetes 1.31)
  std::string_view image;
  std::string_view image_pull_policy;
  std::optional<std::string_view> host_path;  // the path, if it is a path of the node
  // The keys that say what it is: hostPath, nfs, ..., also ones that we do not know. The API server
  // lets one stand, and makes an emptyDir of a volume that has none.
  std::vector<std::string_view> sources;
};

// An annotation of the pod by which security profiles were set before there were fields for them.
struct Annotation {
  std::string_view key;
  std::string_view value;
};

// An entry of `hostAliases`: names that the pod's /etc/hosts gives an address.
struct HostAlias {
  std::string_view ip;
  std::vector<std::string_view> hostnames;
};

// A pod's spec, or the one in the template of a workload.
struct PodSpec {
  std::string path;  // "spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"
  bool host_network = false;
  bool host_pid = false;
  bool host_ipc = false;
  std::optional<bool> host_users;  // false: the pod has a user namespace of its own
  std::string_view os;             // os.name: linux, windows, or nothing
  SecurityContext security;
  std::vector<std::string_view> sysctls;
  std::vector<Annotation> profile_annotations;
  // Init, regular and ephemeral containers, all of them: a check cannot forget a kind.
  std::vector<Container> containers;
  std::vector<Volume> volumes;
  std::string_view dns_policy;
  std::vector<std::string_view> nameservers;  // of dnsConfig
  std::vector<HostAlias> host_aliases;
  JsonValue written;  // all of it, to be compared

  // "spec.initContainers[1]"
  std::string PathOf(const Container& container) const;
  std::string PathOf(const Volume& volume) const;
  // "metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]"
  std::string PathOf(const Annotation& annotation) const;

  // The port of the node that `port` takes: its hostPort, or under hostNetwork, where none is
  // written, its containerPort (the API server fills that in on pods, not on templates). 0 is none.
  std::int32_t EffectiveHostPort(const ContainerPort& port) const;

  // What a container has: its own value, or else that of the pod. Nothing if neither says.
  std::optional<bool> RunAsNonRoot(const Container& container) const;
  std::optional<std::string_view> SeccompProfile(const Container& container) const;

  bool HasUserNamespace() const { return host_users == false; }
  bool IsWindows() const { return os == "windows"; }
};

// One place where a pod names an image.
struct ImageUse {
  std::string_view image;
  std::string_view owner;  // the container's or the volume's name
  bool is_volume = false;
  const Container* container = nullptr;  // null for a volume
  const Volume* volume = nullptr;        // null for a container
};

// Every image of a pod: those of all containers, and those of image volumes.
std::vector<ImageUse> ImagesOf(const PodSpec& pod);

// Where an image stands: "spec.containers[0].image", "spec.volumes[2].image.reference".
std::string PathOf(const PodSpec& pod, const ImageUse& use);

}  // namespace tidewaiter
