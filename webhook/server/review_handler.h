#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "webhook/admission/decision.h"
#include "webhook/policy/policy.h"
#include "webhook/server/exception_metrics.h"
#include "webhook/server/http_engine.h"
#include "webhook/server/metrics.h"

namespace tidewaiter {

// Turns a request to /validate or /detect into an answer: door, decision, response, record. May be
// used by several threads.
class ReviewHandler {
 public:
  using Policies = std::function<std::shared_ptr<const PolicySet>()>;

  ReviewHandler(Policies policies, Mode mode, Metrics& metrics, ExceptionMetrics& exceptions)
      : policies_(std::move(policies)), mode_(mode), metrics_(metrics), exceptions_(exceptions) {}

  // HTTP 400, and no verdict, for what is no AdmissionReview; 200 with a verdict for everything
  // else.
  void Handle(Path path, HttpRequest& request, HttpAnswer& answer) const;

 private:
  Policies policies_;
  const Mode mode_;
  Metrics& metrics_;
  ExceptionMetrics& exceptions_;
};

// How long the API server waits for us, as its query says (`timeout=10s`, a duration of Go); ten
// seconds if it says nothing that can be read. Never more than 30 seconds.
std::chrono::milliseconds ParseTimeout(std::string_view query);

}  // namespace tidewaiter
