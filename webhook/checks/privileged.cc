// privileged: a container must not run in privileged mode (Pod Security Standards, baseline).
//
// Field    spec.{containers,initContainers,ephemeralContainers}[*].securityContext.privileged
// Allowed  undefined, null, false

#include <fmt/core.h>

#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {};

std::vector<Violation> CheckPrivileged(const AdmissionRequest& request, const Params&) {
  std::vector<Violation> violations;
  const PodSpec* const pod = request.pod();
  if (pod == nullptr) return violations;
  for (const Container& container : request.Containers(*pod)) {
    if (!container.privileged) continue;
    violations.push_back({pod->PathOf(container) + ".securityContext.privileged",
                          std::string(container.name), "true",
                          fmt::format("container {} is privileged", Quote(container.name, 64))});
  }
  return violations;
}

}  // namespace

CheckKind Privileged() {
  return {"privileged",
          "containers must not run in privileged mode",
          "remove it or set it to false",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>({}, CheckPrivileged)};
}

}  // namespace tidewaiter
