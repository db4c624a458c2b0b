#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What the checks read of a pod, typed. Text is a view into the request that it came from. Numbers
// and flags that are absent or null have the value that Kubernetes gives them.
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

struct Container {
  ContainerKind kind = ContainerKind::kRegular;
  std::size_t index = 0;  // within its own list
  std::string_view name;
  std::string_view image;  // empty if there is none
  bool privileged = false;
  std::vector<ContainerPort> ports;
  std::vector<ProbePort> probe_ports;
};

struct Volume {
  std::size_t index = 0;
  std::string_view name;
  bool has_image = false;  // an image volume (Kubernetes 1.31)
  std::string_view image;
};

// A pod's spec, or the one in the template of a workload.
struct PodSpec {
  std::string path;  // "spec", "spec.template.spec", "spec.jobTemplate.spec.template.spec"
  bool host_network = false;
  bool host_pid = false;
  bool host_ipc = false;
  // Init, regular and ephemeral containers, all of them: a check cannot forget a kind.
  std::vector<Container> containers;
  std::vector<Volume> volumes;

  // "spec.initContainers[1]"
  std::string PathOf(const Container& container) const;
  std::string PathOf(const Volume& volume) const;

  // The port of the node that `port` takes: its hostPort, or under hostNetwork, where none is
  // written, its containerPort (the API server fills that in on pods, not on templates). 0 is none.
  std::int32_t EffectiveHostPort(const ContainerPort& port) const;
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
