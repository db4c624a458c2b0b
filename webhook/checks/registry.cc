#include "webhook/checks/registry.h"

namespace tidewaiter {

std::vector<CheckKind> ShippedChecks() {
  return {
      AllowPrivilegeEscalation(),
      AppArmorProfile(),
      CapabilitiesBaseline(),
      CapabilitiesRestricted(),
      HostNamespaces(),
      HostPathVolumes(),
      HostPorts(),
      HostProbesAndHostLifecycle(),
      ImageRegistries(),
      PodSecurity(),
      PortChanges(),
      Privileged(),
      ProcMount(),
      ProcMountRestricted(),
      RestrictedVolumes(),
      RunAsNonRoot(),
      RunAsUser(),
      SeLinuxOptions(),
      SeccompProfileBaseline(),
      SeccompProfileRestricted(),
      Sysctls(),
      WindowsHostProcess(),
  };
}

std::vector<std::string> KindsRead(const Reads& reads) {
  std::vector<std::string> kinds;
  if (reads.pod_specs) {
    kinds = {"Pod",        "PodTemplate", "ReplicationController",
             "Deployment", "ReplicaSet",  "StatefulSet",
             "DaemonSet",  "Job",         "CronJob"};
  }
  if (reads.services) kinds.emplace_back("Service");
  return kinds;
}

}  // namespace tidewaiter
