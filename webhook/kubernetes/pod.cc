#include "webhook/kubernetes/pod.h"

#include <fmt/core.h>

#include "webhook/base/text.h"

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

std::string PodSpec::PathOf(const Annotation& annotation) const {
  // The metadata stands beside the spec.
  const std::string_view beside = std::string_view(path).substr(0, path.rfind("spec"));
  return fmt::format("{}metadata.annotations[{}]", beside,
                     PrintableText(CutToBytes(annotation.key, 255)));
}

std::int32_t PodSpec::EffectiveHostPort(const ContainerPort& port) const {
  if (port.host_port != 0) return port.host_port;
  return host_network ? port.container_port : 0;
}

std::optional<bool> PodSpec::RunAsNonRoot(const Container& container) const {
  const std::optional<bool>& own = container.security.run_as_non_root;
  return own ? own : security.run_as_non_root;
}

std::optional<std::string_view> PodSpec::SeccompProfile(const Container& container) const {
  const std::optional<std::string_view>& own = container.security.seccomp_profile;
  return own ? own : security.seccomp_profile;
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
