// hostProbesAndHostLifecycle: a probe or lifecycle hook must not call another host than the pod;
// the kubelet would send the request from the node (Pod Security Standards, baseline, from 1.34).
//
// Fields   spec.{containers,initContainers,ephemeralContainers}[*].{livenessProbe,readinessProbe,
//          startupProbe,lifecycle.postStart,lifecycle.preStop}.{httpGet,tcpSocket}.host
// Allowed  undefined, ""

#include <fmt/core.h>

#include "webhook/base/text.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {

std::vector<Violation> CheckHostProbesAndHostLifecycle(const AdmissionRequest& request,
                                                       const PodSpec& pod, PodSecurityVersion) {
  std::vector<Violation> violations;
  for (const Container& container : request.Containers(pod)) {
    for (const HandlerHost& handler : container.handler_hosts) {
      violations.push_back(FieldOwner{pod, &container}.Violates(
          fmt::format("{}.{}.host", handler.hook, handler.handler),
          fmt::format("{} {}", handler.hook, handler.host),
          fmt::format("has a {} that calls the host {}", handler.hook, Quote(handler.host, 255))));
    }
  }
  return violations;
}

CheckKind HostProbesAndHostLifecycle() {
  return StandardCheck("hostProbesAndHostLifecycle",
                       "probes and lifecycle hooks must not call other hosts",
                       "remove the host, so that the pod itself is called");
}

}  // namespace tidewaiter
