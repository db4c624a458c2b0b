#include "webhook/checks/registry.h"

namespace tidewaiter {

std::vector<CheckKind> ShippedChecks() {
  return {
      AllowPrivilegeEscalation(),
      AppArmorProfile(),
      Capabilities(),
      CapabilitiesBaseline(),
      CapabilitiesRestricted(),
      DnsOverrides(),
      ExpectedPorts(),
      ExposedServices(),
      ExternalIps(),
      ExternalNames(),
      HostNamespaces(),
      HostPathVolumes(),
      HostPaths(),
      HostPorts(),
      HostProbesAndHostLifecycle(),
      ImageChanges(),
      ImagePinning(),
      ImageRegistries(),
      LocalImages(),
      LookalikeImages(),
      PersistentVolumes(),
      PodSecurity(),
      PortChanges(),
      PrivilegeGained(),
      Privileged(),
      ProcMount(),
      ProcMountRestricted(),
      RestrictedVolumes(),
      RunAsNonRoot(),
      RunAsUser(),
      SeLinuxOptions(),
      SeccompProfileBaseline(),
      SeccompProfileRestricted(),
      ServiceWiring(),
      SuspiciousPorts(),
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
  if (reads.persistent_volumes) kinds.emplace_back("PersistentVolume");
  return kinds;
}

}  // namespace tidewaiter
