// namespaceExemptions: a namespace is taken out of what protects the cluster (MITRE ATT&CK T1685
// Disable or Modify Tools; T1562.001 before version 18).
//
// Fields   metadata.labels of Namespaces, old and new
// Allowed  labels that are none of `labels`; the level of Pod Security admission
//          (pod-security.kubernetes.io/enforce) as strict as before or stricter, and on a new
//          namespace any but privileged
//
// What admission cannot see: namespaces that are exempt by the configuration of the API server or
// of another webhook, and changes of that configuration.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

constexpr std::string_view kEnforce = "pod-security.kubernetes.io/enforce";

struct Params {
  std::vector<WholeName> labels = {{"admission.gatekeeper.sh/ignore"},
                                   {"openpolicyagent.org/webhook"},
                                   {"cert-manager.io/disable-validation"}};
};

std::string FieldOf(std::string_view label) {
  return fmt::format("metadata.labels[{}]", PrintableText(CutToBytes(label, 255)));
}

// How strict a level is. What is no level is, to the API server, the strictest.
int Strictness(std::string_view level) {
  return level == "privileged" ? 0 : level == "baseline" ? 1 : 2;
}

void CheckLevel(const KubernetesObject& now, const KubernetesObject* before,
                std::vector<Violation>& violations) {
  const std::optional<std::string_view> level = now.Label(kEnforce);
  const std::optional<std::string_view> old =
      before == nullptr ? std::nullopt : before->Label(kEnforce);
  if (!level && (!old || Strictness(*old) == 0)) return;
  if (!level) {
    violations.push_back({FieldOf(kEnforce), "", "removed",
                          "the namespace no longer has a level of Pod Security admission"});
  } else if (old ? Strictness(*level) < Strictness(*old) : Strictness(*level) == 0) {
    violations.push_back({FieldOf(kEnforce), "", std::string(*level),
                          fmt::format("the namespace's level of Pod Security admission becomes {}",
                                      Quote(*level, 64))});
  }
}

std::vector<Violation> CheckLabels(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  if (request.kind.kind != "Namespace" || !request.kind.group.empty() || !request.object) {
    return violations;
  }
  for (const WholeName& label : params.labels) {
    const std::optional<std::string_view> value = request.object->Label(label.name);
    if (!value || (request.old_object && request.old_object->Label(label.name) == value)) continue;
    violations.push_back({FieldOf(label.name), "", label.name + "=" + std::string(*value),
                          fmt::format("the label {} takes the namespace out of admission checks",
                                      Quote(label.name, 128))});
  }
  CheckLevel(*request.object, request.old_object.get(), violations);
  return violations;
}

}  // namespace

CheckKind NamespaceExemptions() {
  return {
      "namespaceExemptions",
      "namespaces must not be taken out of what protects the cluster",
      "leave the label as it is, or have the exemption reviewed",
      {.operations = {Operation::kCreate, Operation::kUpdate}, .namespaces = true},
      Bind<Params>({{"labels",
                     "labels by which webhooks skip a namespace; whole names (default: those of "
                     "Gatekeeper, kube-mgmt and cert-manager)",
                     kOptional, &Params::labels}},
                   CheckLabels)};
}

}  // namespace tidewaiter
