#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "webhook/admission/decision.h"

namespace tidewaiter {

// The answer to one review, within the limits of the API server (k8s.io/apiserver, admission
// webhooks): no patch member at all, since a validating answer with one is an error.
struct AdmissionResponse {
  std::string_view uid;
  bool allowed = false;
  int code = 0;                       // of the status; only on a refusal
  std::string reason;                 // of the status: Forbidden, BadRequest, InternalError
  std::string message;                // of the status; at most 2 KiB
  std::vector<std::string> warnings;  // at most 10, of at most 120 runes each
  std::vector<std::pair<std::string, std::string>> audit_annotations;  // values of at most 1 KiB
};

// What the API server is told of a decision about the request with this uid.
AdmissionResponse Respond(std::string_view uid, const Decision& decision);

// The response as an admission.k8s.io/v1 AdmissionReview.
std::string ToJson(const AdmissionResponse& response);

}  // namespace tidewaiter
