#include "webhook/checks/registry.h"

namespace tidewaiter {

std::vector<CheckKind> ShippedChecks() {
  return {
      AllowPrivilegeEscalation(),
      AppArmorProfile(),
      Capabilities(),
      CapabilitiesBaseline(),
      CapabilitiesRestricted(),
      Commands(),
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
      Indicators(),
      InteractiveAccess(),
      IsolationRemoved(),
      LocalImages(),
      LookalikeImages(),
      NamespaceExemptions(),
      OutOfBandChanges(),
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
      SystemNamespaces(),
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
  if (reads.namespaces) kinds.emplace_back("Namespace");
  if (reads.network_policies) kinds.emplace_back("NetworkPolicy");
  return kinds;
}

}  // namespace tidewaiter
