// persistentVolumes: a PersistentVolume must not be a path of a node (MITRE ATT&CK T1611 Escape to
// Host).
//
// Fields   spec.hostPath, spec.local of PersistentVolumes
// Allowed  undefined, null
//
// A claim takes such a volume into a pod that shows no hostPath at all. What admission cannot see
// here: what the driver of another type of volume mounts.

#include <fmt/core.h>

#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {};

std::vector<Violation> CheckSource(const AdmissionRequest& request, const Params&) {
  const PersistentVolume* const volume = request.persistent_volume();
  if (volume == nullptr || volume->node_source.empty()) return {};
  return {{fmt::format("spec.{}.path", volume->node_source), "",
           fmt::format("{} {}", volume->node_source, volume->path),
           fmt::format("the PersistentVolume is {} of a node", Quote(volume->path, 255))}};
}

}  // namespace

CheckKind PersistentVolumes() {
  return {"persistentVolumes",
          "PersistentVolumes must not be paths of nodes",
          "use a storage class whose driver makes the volume",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .persistent_volumes = true},
          Bind<Params>({}, CheckSource)};
}

}  // namespace tidewaiter
