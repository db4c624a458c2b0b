// privilegeGained: an UPDATE must not give a workload power over its node that it did not have
// (MITRE ATT&CK T1611 Escape to Host).
//
// Fields   spec.{containers,initContainers,ephemeralContainers}[*].securityContext.privileged,
//          .capabilities.add and .windowsOptions.hostProcess; the same windowsOptions of the pod;
//          spec.{hostNetwork,hostPID,hostIPC}; spec.volumes[*].hostPath.path
// Allowed  what the old object had: containers are compared by list and name, paths of the node by
//          where they lead; and the capabilities that runtimes give anyway
//
// What admission cannot see: a workload that is deleted and created again is no UPDATE.

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "webhook/base/text.h"
#include "webhook/checks/capability.h"
#include "webhook/checks/node_path.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

struct Params {};

// What a pod has of its node; each as the violation that it is if it is new.
using Powers = std::vector<Violation>;

void AddContainer(const PodSpec& pod, const Container& container, Powers& powers) {
  const FieldOwner owner{pod, &container};
  if (container.privileged) {
    powers.push_back(
        owner.Violates("securityContext.privileged", "privileged", "becomes privileged"));
  }
  if (container.security.windows_host_process) {
    powers.push_back(owner.Violates("securityContext.windowsOptions.hostProcess", "hostProcess",
                                    "becomes a process of its Windows node"));
  }
  for (std::size_t i = 0; i < container.added_capabilities.size(); ++i) {
    const std::string name = NormalCapability(container.added_capabilities[i]);
    if (std::find(std::begin(kDefaultCapabilities), std::end(kDefaultCapabilities), name) !=
        std::end(kDefaultCapabilities)) {
      continue;
    }
    powers.push_back(owner.Violates(fmt::format("securityContext.capabilities.add[{}]", i),
                                    "capability " + name,
                                    fmt::format("gains the capability {}", Quote(name, 64))));
  }
}

void AddNamespace(const PodSpec& pod, bool shared, std::string_view field, std::string_view what,
                  Powers& powers) {
  if (!shared) return;
  powers.push_back({fmt::format("{}.{}", pod.path, field), "", std::string(field),
                    fmt::format("the pod joins its node's {} namespace", what)});
}

Powers PowersOf(const AdmissionRequest& request, const PodSpec& pod) {
  Powers powers;
  for (const Container& container : request.Containers(pod)) AddContainer(pod, container, powers);
  if (pod.security.windows_host_process) {
    powers.push_back(FieldOwner{pod}.Violates("securityContext.windowsOptions.hostProcess",
                                              "hostProcess",
                                              "becomes a process of its Windows node"));
  }
  AddNamespace(pod, pod.host_network, "hostNetwork", "network", powers);
  AddNamespace(pod, pod.host_pid, "hostPID", "process", powers);
  AddNamespace(pod, pod.host_ipc, "hostIPC", "IPC", powers);
  for (const Volume& volume : pod.volumes) {
    if (!volume.host_path) continue;
    const std::string path = NormalPath(*volume.host_path);
    powers.push_back({pod.PathOf(volume) + ".hostPath.path", "", "path " + path,
                      fmt::format("volume {} begins to mount {} of the node",
                                  Quote(volume.name, 64), Quote(path, 255))});
  }
  return powers;
}

// The list that the field stands in, whose it is, and what it is.
std::tuple<std::string_view, std::string_view, std::string_view> KeyOf(const Violation& power) {
  return {std::string_view(power.field).substr(0, power.field.find('[')), power.container,
          power.identity};
}

std::vector<Violation> CheckGains(const AdmissionRequest& request, const Params&) {
  const PodSpec* const before = request.old_pod();
  const PodSpec* const after = request.pod();
  if (before == nullptr || after == nullptr) return {};
  Powers gained = PowersOf(request, *after);
  if (gained.empty()) return gained;
  const Powers old = PowersOf(request, *before);
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> seen;
  for (const Violation& power : old) seen.insert(KeyOf(power));
  std::erase_if(gained, [&](const Violation& power) { return seen.contains(KeyOf(power)); });
  return gained;
}

}  // namespace

CheckKind PrivilegeGained() {
  return {"privilegeGained",
          "updates must not give a workload power over its node",
          "leave the workload as it was, and have a new one with these powers reviewed",
          {.operations = {Operation::kUpdate}, .pod_specs = true},
          Bind<Params>({}, CheckGains)};
}

}  // namespace tidewaiter
