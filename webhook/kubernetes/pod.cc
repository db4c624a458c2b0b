#include "webhook/kubernetes/pod.h"

#include <fmt/core.h>

namespace tidewaiter {
namespace {

std::string_view ListOf(ContainerKind kind) {
  switch (kind) {
    case ContainerKind::kInit:
      return "initContainers";
    case ContainerKind::kRegular:
      return "containers";
    case ContainerKind::kEphemeral:
      return "ephemeralContainers";
  }
  return "";
}

}  // namespace

std::string PodSpec::PathOf(const Container& container) const {
  return fmt::format("{}.{}[{}]", path, ListOf(container.kind), container.index);
}

std::string PodSpec::PathOf(const Volume& volume) const {
  return fmt::format("{}.volumes[{}]", path, volume.index);
}

std::int32_t PodSpec::EffectiveHostPort(const ContainerPort& port) const {
  if (port.host_port != 0) return port.host_port;
  return host_network ? port.container_port : 0;
}

std::vector<ImageUse> ImagesOf(const PodSpec& pod) {
  std::vector<ImageUse> uses;
  uses.reserve(pod.containers.size() + pod.volumes.size());
  for (const Container& container : pod.containers) {
    uses.push_back({container.image, container.name, false, &container, nullptr});
  }
  for (const Volume& volume : pod.volumes) {
    if (volume.has_image) uses.push_back({volume.image, volume.name, true, nullptr, &volume});
  }
  return uses;
}

std::string PathOf(const PodSpec& pod, const ImageUse& use) {
  return use.is_volume ? pod.PathOf(*use.volume) + ".image.reference"
                       : pod.PathOf(*use.container) + ".image";
}

}  // namespace tidewaiter
