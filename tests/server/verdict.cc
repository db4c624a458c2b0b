#include "tests/server/verdict.h"

#include <gtest/gtest.h>

namespace tidewaiter {

const char* const kPolicies = R"(
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: privileged-containers}
spec: {check: privileged, action: deny, severity: high}
---
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: host-ports}
spec: {check: hostPorts, action: warn, severity: high}
---
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: image-registries}
spec:
  check: imageRegistries
  action: deny
  severity: high
  params: {allow: [docker.io/library/*, registry.k8s.io/*]}
)";

std::string OnePolicy(const std::string& check) {
  return "apiVersion: tidewaiter.io/v1alpha1\nkind: Policy\nmetadata: {name: only}\nspec: "
         "{check: " +
         check + ", action: deny, severity: high}\n";
}

bool IsValidUtf8Json(const std::string& text) { return JsonAt(text, "") != "<not JSON>"; }

Verdict AskWithBody(Webhook& webhook, const std::string& review, const std::string& path) {
  Verdict verdict;
  const HttpResponse response = webhook.Post(path, review);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("content-type"), "application/json");
  verdict.body = response.body;
  EXPECT_EQ(JsonAt(verdict.body, "/apiVersion"), "admission.k8s.io/v1");
  EXPECT_EQ(JsonAt(verdict.body, "/kind"), "AdmissionReview");
  EXPECT_EQ(JsonAt(verdict.body, "/response/patch"), "<absent>");
  EXPECT_EQ(JsonAt(verdict.body, "/response/patchType"), "<absent>");
  const std::string id = JsonAt(verdict.body, "/response/auditAnnotations/decision-id");
  const std::vector<std::string> lines = webhook.LogLinesWith("/id", id);
  EXPECT_EQ(lines.size(), 1u) << id;
  if (!lines.empty()) verdict.line = lines.front();
  EXPECT_EQ(JsonAt(verdict.line, "/allowed"), verdict.allowed());
  EXPECT_EQ(JsonAt(verdict.line, "/action"),
            JsonAt(verdict.body, "/response/auditAnnotations/action"));
  if (verdict.allowed() == "true") {
    EXPECT_EQ(JsonAt(verdict.body, "/response/status"), "<absent>");
  } else {
    EXPECT_NE(verdict.message().find(id), std::string::npos) << verdict.message();
  }
  return verdict;
}

Verdict Ask(Webhook& webhook, const Review& review, const std::string& path) {
  const std::string json = review.ToJson();
  Verdict verdict = AskWithBody(webhook, json, path);
  EXPECT_EQ(JsonAt(verdict.body, "/response/uid"), JsonAt(json, "/request/uid"));
  EXPECT_EQ(JsonAt(verdict.line, "/operation"), review.operation);
  EXPECT_EQ(JsonAt(verdict.line, "/remote"), "127.0.0.1");
  return verdict;
}

}  // namespace tidewaiter
