#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "webhook/admission/decision.h"

namespace tidewaiter {

// What is known of a review beside the request and the decision.
struct ReviewContext {
  std::string_view uid;
  std::string_view remote;       // the caller's address
  std::string_view traceparent;  // W3C Trace Context, if the caller sent one
  std::chrono::microseconds duration{0};
};

// One line of the decision log, with its line feed: schema tidewaiter.io/decision/v1alpha1. Below
// 15 KiB, since container runtimes split lines at 16 KiB: images are left out first, then findings
// from the end, and the line says `truncated`. `request` is null if it could not be read.
std::string DecisionRecord(const AdmissionRequest* request, const Decision& decision,
                           const ReviewContext& context);

// The members of a finding as they stand in a record, within an open object; `check -o json` prints
// the same. A record adds the `image` of the container that a finding is about.
class JsonWriter;
void WriteFindingMembers(const Finding& finding, JsonWriter& json);
// Those of `policyRevision`; `version -o json` prints the same.
void WriteRevisionMembers(const PolicyRevision& revision, JsonWriter& json);

}  // namespace tidewaiter
