// seccompProfile_baseline: a pod must not switch seccomp off (Pod Security Standards, baseline).
//
// Until 1.18
// Fields   metadata.annotations["seccomp.security.alpha.kubernetes.io/pod"]
//          metadata.annotations["container.seccomp.security.alpha.kubernetes.io/*"], where * is the
//          name of a container
// Allowed  undefined, runtime/default, docker/default, localhost/*
//
// From 1.19 on
// Fields   spec.securityContext.seccompProfile.type
//          spec.{containers,initContainers,ephemeralContainers}[*].securityContext.seccompProfile.type
// Allowed  no profile, RuntimeDefault, Localhost

#include <fmt/core.h>

#include <set>

#include "webhook/base/text.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

constexpr std::string_view kField = "securityContext.seccompProfile.type";

bool IsGood(std::string_view type) { return type == "RuntimeDefault" || type == "Localhost"; }

bool IsGoodAnnotation(std::string_view value) {
  return value == "runtime/default" || value == "docker/default" || value.starts_with("localhost/");
}

std::vector<Violation> CheckAnnotations(const PodSpec& pod) {
  static constexpr std::string_view kPrefix = "container.seccomp.security.alpha.kubernetes.io/";
  std::set<std::string_view> names;
  for (const Container& container : pod.containers) names.insert(container.name);
  std::vector<Violation> violations;
  for (const Annotation& annotation : pod.profile_annotations) {
    const bool counts = annotation.key == "seccomp.security.alpha.kubernetes.io/pod" ||
                        (annotation.key.starts_with(kPrefix) &&
                         names.contains(annotation.key.substr(kPrefix.size())));
    if (!counts || IsGoodAnnotation(annotation.value)) continue;
    violations.push_back(AnnotationViolation(pod, annotation));
  }
  return violations;
}

// The profiles that pod and containers set themselves.
std::vector<Violation> CheckFields(const AdmissionRequest& request, const PodSpec& pod) {
  std::vector<Violation> violations;
  ForEachSecurityContext(
      request, pod, [&](const FieldOwner& owner, const SecurityContext& security) {
        const std::optional<std::string_view>& profile = security.seccomp_profile;
        if (!profile || IsGood(*profile)) return;
        violations.push_back(
            owner.Violates(kField, std::string(*profile),
                           fmt::format("uses the seccomp profile {}", Quote(*profile, 64))));
      });
  return violations;
}

}  // namespace

std::vector<Violation> CheckSeccompProfileBaseline(const AdmissionRequest& request,
                                                   const PodSpec& pod, PodSecurityVersion version) {
  return version < PodSecurityVersion{19} ? CheckAnnotations(pod) : CheckFields(request, pod);
}

CheckKind SeccompProfileBaseline() {
  return StandardCheck("seccompProfile_baseline", "seccomp must not be switched off",
                       "use the type RuntimeDefault or Localhost, or leave the profile out");
}

}  // namespace tidewaiter
