// capabilities: a container must not add capabilities that a policy names (MITRE ATT&CK T1611
// Escape to Host).
//
// Field    spec.{containers,initContainers,ephemeralContainers}[*].securityContext.capabilities.add
// Allowed  with `forbidden`, all but those, and never ALL; with `allowed`, only those
//
// A capability is compared as runtimes read it: sys_admin and CAP_SYS_ADMIN are SYS_ADMIN. What
// admission cannot see: capabilities of files in the image, and what a privileged container has
// anyway.

#include "webhook/checks/capability.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<Capability> forbidden;
  std::vector<Capability> allowed;
};

bool Contains(const std::vector<Capability>& list, std::string_view name) {
  return std::any_of(list.begin(), list.end(),
                     [&](const Capability& capability) { return capability.name == name; });
}

bool IsRefused(const Params& params, std::string_view name) {
  if (!params.allowed.empty()) return !Contains(params.allowed, name);
  return name == "ALL" || Contains(params.forbidden, name);
}

std::vector<Violation> CheckCapabilities(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  const PodSpec* const pod = request.pod();
  if (pod == nullptr) return violations;
  for (const Container& container : request.Containers(*pod)) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < container.added_capabilities.size(); ++i) {
      const std::string name = NormalCapability(container.added_capabilities[i]);
      if (!IsRefused(params, name) || !seen.insert(name).second) continue;
      violations.push_back(
          {fmt::format("{}.securityContext.capabilities.add[{}]", pod->PathOf(container), i),
           std::string(container.name), name,
           fmt::format("container {} adds the capability {}", Quote(container.name, 64),
                       Quote(name, 64))});
    }
  }
  return violations;
}

void Prepare(const YamlNode& node, const References&, Params&, YamlContext& context) {
  const YamlNode* const forbidden = node.Find("forbidden");
  const YamlNode* const allowed = node.Find("allowed");
  const YamlNode* const list = forbidden != nullptr ? forbidden : allowed;
  const bool both = forbidden != nullptr && allowed != nullptr;
  const bool empty = list == nullptr || (list->kind == YamlKind::kSequence && list->items.empty());
  if (!both && !empty) return;
  context.Error(node,
                "expected one of the lists \"forbidden\" and \"allowed\", with something in "
                "it");
}

}  // namespace

CheckKind Capabilities() {
  return {"capabilities",
          "containers must not add capabilities that the policy names",
          "remove the capability from securityContext.capabilities.add",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>(
              {{"forbidden", "capabilities that are refused, and with them ALL: SYS_ADMIN",
                kOptional, &Params::forbidden},
               {"allowed", "or: the only ones that may be added", kOptional, &Params::allowed}},
              CheckCapabilities, Prepare)};
}

}  // namespace tidewaiter
