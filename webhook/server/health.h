#pragma once

#include <functional>
#include <string>
#include <vector>

#include "webhook/policy/policy.h"
#include "webhook/server/http_engine.h"
#include "webhook/server/metrics.h"

namespace tidewaiter {

// One thing that must hold for the process to be alive or ready.
struct HealthCheck {
  std::string name;  // "certificate"
  bool required;     // false: a failure is shown, and the process stays ready
  // True if it holds; `detail` says more, for ?verbose.
  std::function<bool(std::string& detail)> holds;
};

// /livez, /readyz, /healthz (the same as /livez) and /metrics. A probe answers "ok", or 503 and
// what failed; with ?verbose it lists every check, as the API server's own probes do.
std::vector<HttpRoute> HealthRoutes(std::vector<HealthCheck> live, std::vector<HealthCheck> ready,
                                    Metrics& metrics);

// Whether a privileged pod is refused and a plain one allowed, through the real door, the real
// evaluation and the real response.
bool CanaryHolds();

}  // namespace tidewaiter
