// podSecurity: a pod must satisfy a level of the Pod Security Standards, all checks of it, in the
// version that is asked for.
//
// A restricted check that is stricter than one of baseline replaces it. On an UPDATE the policy's
// ordinary rule counts: what the old object had is not refused.

#include "webhook/checks/pod_security.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <utility>

#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

constexpr PodSecurityLevel kBaseline = PodSecurityLevel::kBaseline;
constexpr PodSecurityLevel kRestricted = PodSecurityLevel::kRestricted;

// clang-format off
constexpr std::array<PodSecurityCheck, 19> kChecks = {{
    // id, level, since 1.x, overrides, reason, rule
    {"appArmorProfile", kBaseline, {0}, "", "forbidden AppArmor profile", CheckAppArmorProfile},
    {"capabilities_baseline", kBaseline, {0}, "",
     "non-default capabilities", CheckCapabilitiesBaseline},
    {"hostNamespaces", kBaseline, {0}, "", "host namespaces", CheckHostNamespaces},
    {"hostPathVolumes", kBaseline, {0}, "", "hostPath volumes", CheckHostPathVolumes},
    {"hostPorts", kBaseline, {0}, "", "hostPort", CheckHostPorts},
    {"hostProbesAndHostLifecycle", kBaseline, {34}, "",
     "probe or lifecycle host", CheckHostProbesAndHostLifecycle},
    {"privileged", kBaseline, {0}, "", "privileged", CheckPrivileged},
    {"procMount", kBaseline, {0}, "", "procMount", CheckProcMount},
    {"seLinuxOptions", kBaseline, {0}, "", "seLinuxOptions", CheckSeLinuxOptions},
    {"seccompProfile_baseline", kBaseline, {0}, "", "seccompProfile", CheckSeccompProfileBaseline},
    {"sysctls", kBaseline, {0}, "", "forbidden sysctls", CheckSysctls},
    {"windowsHostProcess", kBaseline, {0}, "", "hostProcess", CheckWindowsHostProcess},
    {"allowPrivilegeEscalation", kRestricted, {8}, "",
     "allowPrivilegeEscalation != false", CheckAllowPrivilegeEscalation},
    {"capabilities_restricted", kRestricted, {22}, "capabilities_baseline",
     "unrestricted capabilities", CheckCapabilitiesRestricted},
    {"procMount_restricted", kRestricted, {35}, "procMount", "procMount", CheckProcMountRestricted},
    {"restrictedVolumes", kRestricted, {0}, "hostPathVolumes",
     "restricted volume types", CheckRestrictedVolumes},
    {"runAsNonRoot", kRestricted, {0}, "", "runAsNonRoot != true", CheckRunAsNonRoot},
    {"runAsUser", kRestricted, {23}, "", "runAsUser=0", CheckRunAsUser},
    {"seccompProfile_restricted", kRestricted, {19}, "seccompProfile_baseline",
     "seccompProfile", CheckSeccompProfileRestricted},
}};
// clang-format on

struct Params {
  PodSecurityLevel level = kBaseline;
  PodSecurityVersion version;
};

std::vector<Violation> CheckPodSecurity(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  if (request.pod() == nullptr) return violations;
  for (const PodSecurityCheck* const check : PodSecurityChecksAt(params.level, params.version)) {
    for (Violation& violation : check->rule(request, *request.pod(), params.version)) {
      violation.identity = fmt::format("{} {}", check->id, violation.identity);
      violation.message =
          fmt::format("violates PodSecurity \"{}:{}\": {} ({})", WordOf(params.level),
                      ToString(params.version), check->reason, violation.message);
      violations.push_back(std::move(violation));
    }
  }
  return violations;
}

struct StandardParams {
  PodSecurityVersion version;
};

constexpr std::string_view kVersionSummary =
    "version of the Pod Security Standards: latest (default), or as in v1.25";

}  // namespace

std::optional<PodSecurityVersion> ParsePodSecurityVersion(std::string_view text) {
  if (text == "latest") return PodSecurityVersion();
  if (text.starts_with('v')) text.remove_prefix(1);
  if (!text.starts_with("1.")) return std::nullopt;
  text.remove_prefix(2);
  const bool leading_zero = text.size() > 1 && text[0] == '0';
  PodSecurityVersion version;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), version.minor);
  if (leading_zero || code != std::errc() || end != text.data() + text.size() ||
      version.minor < 0 || text[0] == '-') {
    return std::nullopt;
  }
  return version;
}

std::string ToString(PodSecurityVersion version) {
  return version == PodSecurityVersion() ? "latest" : fmt::format("v1.{}", version.minor);
}

void ReadValue(const YamlNode& node, PodSecurityVersion& value, YamlContext& context) {
  const auto version = node.kind == YamlKind::kScalar ? ParsePodSecurityVersion(node.text)
                                                      : std::optional<PodSecurityVersion>();
  if (!version) return context.WrongType(node, "latest, or a version of Kubernetes as in v1.25");
  value = *version;
}

Shape ShapeOf(const PodSecurityVersion*) { return ShapeOfKind(Shape::Kind::kText); }

Words<PodSecurityLevel> WordsOf(PodSecurityLevel) {
  static constexpr Word<PodSecurityLevel> kWords[] = {{"baseline", kBaseline},
                                                      {"restricted", kRestricted}};
  return {"level", kWords};
}

std::span<const PodSecurityCheck> PodSecurityChecks() { return kChecks; }

std::vector<const PodSecurityCheck*> PodSecurityChecksAt(PodSecurityLevel level,
                                                         PodSecurityVersion version) {
  std::vector<const PodSecurityCheck*> active;
  for (const PodSecurityCheck& check : kChecks) {
    if (check.level > level || version < check.since) continue;
    std::erase_if(active, [&](const auto* other) { return other->id == check.overrides; });
    active.push_back(&check);
  }
  return active;
}

CheckKind StandardCheck(std::string id, std::string summary, std::string fix) {
  const auto* const check = std::find_if(kChecks.begin(), kChecks.end(),
                                         [&](const auto& other) { return other.id == id; });
  assert(check != kChecks.end());
  static const std::vector<Field<StandardParams>> kFields = {
      {"version", std::string(kVersionSummary), kOptional, &StandardParams::version}};
  const auto bind = [check](const YamlNode& node, const References&,
                            YamlContext& context) -> Check {
    StandardParams params;
    ReadFields(node, kFields, params, context);
    if (params.version < check->since) {
      context.Warning(*node.Find("version"),
                      fmt::format("nothing is checked: the standard has {} from {} on", check->id,
                                  ToString(check->since)));
      return [](const AdmissionRequest&) { return std::vector<Violation>(); };
    }
    return [check, version = params.version](const AdmissionRequest& request) {
      const PodSpec* const pod = request.pod();
      return pod == nullptr ? std::vector<Violation>() : check->rule(request, *pod, version);
    };
  };
  return {std::move(id),
          std::move(summary),
          std::move(fix),
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          {DescribeFields(kFields), bind}};
}

Violation FieldOwner::Violates(std::string_view field, std::string identity,
                               std::string_view what) const {
  if (container == nullptr) {
    return {fmt::format("{}.{}", pod.path, field), "", std::move(identity),
            fmt::format("the pod {}", what)};
  }
  return {fmt::format("{}.{}", pod.PathOf(*container), field), std::string(container->name),
          std::move(identity), fmt::format("container {} {}", Quote(container->name, 64), what)};
}

Violation VolumeViolation(const PodSpec& pod, const Volume& volume, std::string_view source,
                          std::string_view what) {
  return {fmt::format("{}.{}", pod.PathOf(volume), PrintableText(CutToBytes(source, 64))), "",
          fmt::format("{} {}", volume.name, source),
          fmt::format("volume {} {}", Quote(volume.name, 64), what)};
}

Violation AnnotationViolation(const PodSpec& pod, const Annotation& annotation) {
  return {pod.PathOf(annotation), "", fmt::format("{}={}", annotation.key, annotation.value),
          fmt::format("the pod has the annotation {}={}", Quote(annotation.key, 255),
                      Quote(annotation.value, 64))};
}

std::vector<Violation> AddedCapabilities(const AdmissionRequest& request, const PodSpec& pod,
                                         std::span<const std::string_view> allowed) {
  std::vector<Violation> violations;
  for (const Container& container : request.Containers(pod)) {
    for (std::size_t i = 0; i < container.added_capabilities.size(); ++i) {
      const std::string_view capability = container.added_capabilities[i];
      if (std::find(allowed.begin(), allowed.end(), capability) != allowed.end()) continue;
      violations.push_back(FieldOwner{pod, &container}.Violates(
          fmt::format("securityContext.capabilities.add[{}]", i), fmt::format("add {}", capability),
          fmt::format("adds the capability {}", Quote(capability, 64))));
    }
  }
  return violations;
}

CheckKind PodSecurity() {
  return {"podSecurity",
          "pods must satisfy a level of the Pod Security Standards",
          "set the field to what the level allows",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>({{"level", "baseline or restricted", kRequired, &Params::level},
                        {"version", std::string(kVersionSummary), kOptional, &Params::version}},
                       CheckPodSecurity)};
}

}  // namespace tidewaiter
