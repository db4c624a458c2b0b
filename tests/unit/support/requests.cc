#include "tests/unit/support/requests.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "webhook/base/json.h"
#include "webhook/kubernetes/object_parser.h"

namespace tidewaiter {
namespace {

struct KindRow {
  std::string_view group;
  std::string_view version;
  std::string_view kind;
  std::string_view resource;
};

constexpr KindRow kKinds[] = {
    {"", "v1", "Pod", "pods"},
    {"", "v1", "PodTemplate", "podtemplates"},
    {"", "v1", "ReplicationController", "replicationcontrollers"},
    {"apps", "v1", "Deployment", "deployments"},
    {"apps", "v1", "ReplicaSet", "replicasets"},
    {"apps", "v1", "StatefulSet", "statefulsets"},
    {"apps", "v1", "DaemonSet", "daemonsets"},
    {"batch", "v1", "Job", "jobs"},
    {"batch", "v1", "CronJob", "cronjobs"},
    {"", "v1", "Service", "services"},
    {"", "v1", "Binding", "pods"},
    {"policy", "v1", "Eviction", "pods"},
    {"autoscaling", "v1", "Scale", "deployments"},
    {"", "v1", "PodExecOptions", "pods"},
    {"", "v1", "PodAttachOptions", "pods"},
    {"", "v1", "PodPortForwardOptions", "pods"},
    {"", "v1", "PodProxyOptions", "pods"},
    {"", "v1", "NodeProxyOptions", "nodes"},
    {"", "v1", "ServiceProxyOptions", "services"},
    {"", "v1", "Namespace", "namespaces"},
    {"networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"},
    {"", "v1", "ConfigMap", "configmaps"},
    {"", "v1", "PersistentVolume", "persistentvolumes"},
};

const KindRow& RowOf(std::string_view kind) {
  for (const KindRow& row : kKinds) {
    if (row.kind == kind) return row;
  }
  ADD_FAILURE() << "no kind " << kind;
  return kKinds[0];
}

}  // namespace

std::string JsonText(std::string_view text) {
  JsonWriter json;
  json.String(text);
  return std::string(json.text());
}

std::string ReviewText(const Review& review) {
  const KindRow& row = RowOf(review.kind);
  return fmt::format(
      R"({{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{{}"uid":{},)"
      R"("operation":"{}","kind":{{"group":"{}","version":"{}","kind":"{}"}},)"
      R"("resource":{{"group":"{}","version":"{}","resource":"{}"}},"subResource":"{}",)"
      R"("name":"{}","namespace":"{}","userInfo":{{"username":"{}","groups":["developers"]}},)"
      R"("object":{},"oldObject":{}}}}})",
      review.more, review.uid, review.operation, row.group, row.version, row.kind, row.group,
      row.version, row.resource, review.sub_resource, review.name, review.name_space, review.user,
      review.object, review.old_object);
}

std::string ObjectText(std::string_view kind, const std::string& spec) {
  const KindRow& row = RowOf(kind);
  const std::vector<std::string_view>* const path = PodSpecPath({row.group, row.version, row.kind});
  std::string open;
  std::string close;
  for (const std::string_view part : path ? *path : std::vector<std::string_view>{"spec"}) {
    open += fmt::format(R"(,"{}":{{)", part);
    close += "}";
  }
  // `spec` brings the innermost brace; every other one begins with a comma too many.
  open.pop_back();
  close.pop_back();
  for (std::size_t at; (at = open.find("{,")) != std::string::npos;) open.erase(at + 1, 1);
  return R"({"metadata":{"name":"web"})" + open + spec + close + "}";
}

std::string CreateText(std::string_view kind, const std::string& spec) {
  return ReviewText({.kind = std::string(kind), .object = ObjectText(kind, spec)});
}

std::string UpdateText(std::string_view kind, const std::string& old_spec,
                       const std::string& spec) {
  return ReviewText({.operation = "UPDATE",
                     .kind = std::string(kind),
                     .object = ObjectText(kind, spec),
                     .old_object = ObjectText(kind, old_spec)});
}

std::string PodText(const std::string& containers) {
  return R"({"containers":[)" + containers + "]}";
}

const std::vector<WorkloadKind>& WorkloadKinds() {
  static const std::vector<WorkloadKind> kWorkloads = {
      {"Pod", "spec"},
      {"PodTemplate", "template.spec"},
      {"ReplicationController", "spec.template.spec"},
      {"Deployment", "spec.template.spec"},
      {"ReplicaSet", "spec.template.spec"},
      {"StatefulSet", "spec.template.spec"},
      {"DaemonSet", "spec.template.spec"},
      {"Job", "spec.template.spec"},
      {"CronJob", "spec.jobTemplate.spec.template.spec"},
  };
  return kWorkloads;
}

AdmissionRequest Parsed(const std::string& json) {
  std::string uid;
  Diagnostics diagnostics;
  auto request = ParseAdmissionReview(json, &uid, diagnostics);
  EXPECT_EQ(diagnostics.Summary(), "") << json.substr(0, 2000);
  return request.value_or(AdmissionRequest());
}

std::string Refusal(const std::string& json) {
  std::string uid = "left from before";
  Diagnostics diagnostics;
  const auto request = ParseAdmissionReview(json, &uid, diagnostics);
  EXPECT_EQ(request.has_value(), !diagnostics.HasErrors()) << json.substr(0, 2000);
  return uid + "|" + diagnostics.Summary();
}

std::string PolicyText(const std::string& name, const std::string& check, const std::string& rest,
                       const std::string& action) {
  return fmt::format(
      "---\napiVersion: tidewaiter.io/v1alpha1\nkind: Policy\nmetadata: {{name: {}}}\n"
      "spec:\n  check: {}\n  action: {}\n  severity: high\n{}",
      name, check, action, rest.empty() ? "" : "  " + rest + "\n");
}

PolicySet Load(const std::string& text) {
  Diagnostics diagnostics;
  const SourceFile file{"p.yaml", text};
  auto policies = ParsePolicies({&file, 1}, ShippedChecks(), diagnostics);
  EXPECT_FALSE(diagnostics.HasErrors()) << diagnostics.Render();
  return policies.value_or(PolicySet());
}

std::string Mistakes(const std::string& text) {
  Diagnostics diagnostics;
  const SourceFile file{"p.yaml", text};
  const auto policies = ParsePolicies({&file, 1}, ShippedChecks(), diagnostics);
  EXPECT_EQ(policies.has_value(), !diagnostics.HasErrors());
  return diagnostics.Summary();
}

std::string KnownChecks() {
  std::string ids;
  for (const CheckKind& check : ShippedChecks()) ids += (ids.empty() ? "" : ", ") + check.id;
  return ids;
}

std::vector<std::string> Violations(const PolicySet& policies, const std::string& json) {
  std::string uid;
  Diagnostics diagnostics;
  const auto request = ParseAdmissionReview(json, &uid, diagnostics);
  if (!request) return {"refused: " + diagnostics.Summary()};
  std::vector<std::string> lines;
  for (const Policy& policy : policies.policies) {
    if (!Matches(policy.match, *request)) continue;
    for (const Violation& violation : policy.check(*request)) {
      lines.push_back(
          fmt::format("{}|{}|{}", violation.field, violation.container, violation.message));
    }
  }
  return lines;
}

}  // namespace tidewaiter
