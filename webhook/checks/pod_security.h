#pragma once

#include <compare>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/checks/registry.h"

// The Pod Security Standards (kubernetes.io/docs/concepts/security/pod-security-standards): a set
// of checks in two levels, whose rules changed from version to version of Kubernetes.
//
// This is the table of them. Each rule stands in the file of its check, in the standard's words.
namespace tidewaiter {

// A version of the standard: that of Kubernetes 1.<minor>. One that is newer than every change that
// we know is the latest.
struct PodSecurityVersion {
  int minor = std::numeric_limits<int>::max();

  friend auto operator<=>(const PodSecurityVersion&, const PodSecurityVersion&) = default;
};

// "latest", "v1.25" or "1.25"; nothing for any other text.
std::optional<PodSecurityVersion> ParsePodSecurityVersion(std::string_view text);
std::string ToString(PodSecurityVersion version);  // "latest", "v1.25"

void ReadValue(const YamlNode& node, PodSecurityVersion& value, YamlContext& context);
Shape ShapeOf(const PodSecurityVersion*);

enum class PodSecurityLevel { kBaseline, kRestricted };  // the second includes the first

Words<PodSecurityLevel> WordsOf(PodSecurityLevel);

// What is wrong with the pod of a request by one check of the standard, in a version that is not
// below the check's first.
using PodSecurityRule = std::vector<Violation>(const AdmissionRequest& request, const PodSpec& pod,
                                               PodSecurityVersion version);

struct PodSecurityCheck {
  std::string_view id;
  PodSecurityLevel level;
  PodSecurityVersion since;    // the standard has the check from this version on
  std::string_view overrides;  // the check of the lower level that it replaces; "" for none
  std::string_view reason;     // what a violation is, in the standard's words
  PodSecurityRule* rule;
};

// In the order of the standard's own messages: by level, and by id within it.
std::span<const PodSecurityCheck> PodSecurityChecks();

// The checks that are in force at a level in a version.
std::vector<const PodSecurityCheck*> PodSecurityChecksAt(PodSecurityLevel level,
                                                         PodSecurityVersion version);

// The check of this id, to be used alone, with the parameter `version`. The id must be in the
// table.
CheckKind StandardCheck(std::string id, std::string summary, std::string fix);

// Whose field a violation is about: a container's, or the pod's own.
struct FieldOwner {
  const PodSpec& pod;
  const Container* container = nullptr;

  // `field` as in "securityContext.privileged"; `what` ends a sentence that begins with the owner.
  Violation Violates(std::string_view field, std::string identity, std::string_view what) const;
};

// Calls `read(owner, security)` for the securityContext of the pod and that of each container.
template <class Read>
void ForEachSecurityContext(const AdmissionRequest& request, const PodSpec& pod, Read&& read) {
  read(FieldOwner{pod}, pod.security);
  for (const Container& container : request.Containers(pod)) {
    read(FieldOwner{pod, &container}, container.security);
  }
}

// Violations of a volume, and of an annotation that sets a security profile.
Violation VolumeViolation(const PodSpec& pod, const Volume& volume, std::string_view source,
                          std::string_view what);
Violation AnnotationViolation(const PodSpec& pod, const Annotation& annotation);

// The capabilities that containers add and that are not among `allowed`.
std::vector<Violation> AddedCapabilities(const AdmissionRequest& request, const PodSpec& pod,
                                         std::span<const std::string_view> allowed);

// The rules, each in the file of its check.
PodSecurityRule CheckAllowPrivilegeEscalation;
PodSecurityRule CheckAppArmorProfile;
PodSecurityRule CheckCapabilitiesBaseline;
PodSecurityRule CheckCapabilitiesRestricted;
PodSecurityRule CheckHostNamespaces;
PodSecurityRule CheckHostPathVolumes;
PodSecurityRule CheckHostPorts;
PodSecurityRule CheckHostProbesAndHostLifecycle;
PodSecurityRule CheckPrivileged;
PodSecurityRule CheckProcMount;
PodSecurityRule CheckProcMountRestricted;
PodSecurityRule CheckRestrictedVolumes;
PodSecurityRule CheckRunAsNonRoot;
PodSecurityRule CheckRunAsUser;
PodSecurityRule CheckSeLinuxOptions;
PodSecurityRule CheckSeccompProfileBaseline;
PodSecurityRule CheckSeccompProfileRestricted;
PodSecurityRule CheckSysctls;
PodSecurityRule CheckWindowsHostProcess;

}  // namespace tidewaiter
