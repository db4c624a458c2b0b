#include "webhook/server/health.h"

#include <fmt/core.h>

#include <memory>
#include <optional>
#include <utility>

#include "webhook/admission/response.h"
#include "webhook/kubernetes/admission_request.h"
#include "webhook/policy/loader.h"

namespace tidewaiter {
namespace {

constexpr std::string_view kCanaryPolicy = R"(
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: canary}
spec: {check: privileged, action: deny, severity: high}
)";

std::string CanaryReview(bool privileged) {
  return fmt::format(
      R"({{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"canary",)"
      R"("kind":{{"group":"","version":"v1","kind":"Pod"}},"operation":"CREATE","object":{{"spec":)"
      R"({{"containers":[{{"name":"c","image":"i","securityContext":{{"privileged":{}}}}}]}}}}}}}})",
      privileged);
}

bool CanaryAllows(const PolicySet& policies, bool privileged) {
  std::string uid;
  Diagnostics diagnostics;
  const auto request = ParseAdmissionReview(CanaryReview(privileged), &uid, diagnostics);
  if (!request) return !privileged;  // a broken door must look wrong in both cases
  const Decision decision = Evaluate(policies, *request, {});
  return ToJson(Respond(uid, decision)).find("\"allowed\":true") != std::string::npos;
}

void Probe(const std::string& name, const std::vector<HealthCheck>& checks,
           const HttpRequest& request, HttpAnswer& answer) {
  std::string lines;
  bool healthy = true;
  for (const HealthCheck& check : checks) {
    std::string detail;
    const bool holds = check.holds(detail);
    healthy = healthy && (holds || !check.required);
    lines += fmt::format("[{}]{} {}{}{}\n", holds ? "+" : "-", check.name,
                         holds            ? "ok"
                         : check.required ? "failed"
                                          : "warning",
                         detail.empty() ? "" : ": ", detail);
  }
  answer.status = healthy ? 200 : 503;
  answer.content_type = "text/plain; charset=utf-8";
  const bool verbose = request.query == "verbose" || request.query.starts_with("verbose=");
  if (!healthy || verbose) {
    answer.body = fmt::format("{}{} check {}\n", lines, name, healthy ? "passed" : "failed");
  } else {
    answer.body = "ok";
  }
}

}  // namespace

bool CanaryHolds() {
  static const std::optional<PolicySet> kPolicies = [] {
    const SourceFile file{"canary", std::string(kCanaryPolicy)};
    const std::vector<CheckKind> checks = ShippedChecks();
    Diagnostics diagnostics;
    return ParsePolicies({&file, 1}, checks, diagnostics);
  }();
  return kPolicies && !CanaryAllows(*kPolicies, true) && CanaryAllows(*kPolicies, false);
}

std::vector<HttpRoute> HealthRoutes(std::vector<HealthCheck> live, std::vector<HealthCheck> ready,
                                    Metrics& metrics) {
  const auto probe = [](std::string name, std::vector<HealthCheck> checks) {
    return [name = std::move(name), checks = std::move(checks)](const HttpRequest& request,
                                                                HttpAnswer& answer) {
      Probe(name, checks, request, answer);
    };
  };
  return {
      {"GET", "/livez", probe("livez", live)},
      {"GET", "/healthz", probe("healthz", std::move(live))},
      {"GET", "/readyz", probe("readyz", std::move(ready))},
      {"GET", "/metrics",
       [&metrics](HttpRequest&, HttpAnswer& answer) {
         answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
         answer.body = metrics.Render();
       }},
  };
}

}  // namespace tidewaiter
