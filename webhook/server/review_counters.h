#pragma once

#include <memory>

#include "webhook/admission/decision.h"

namespace prometheus {
class Registry;
}

namespace tidewaiter {

// Counts what was decided, in series that are few and known: a label is a word of ours, the name of
// a policy, or a kind from a list ("other" for the rest); never what a peer wrote.
//
//   tidewaiter_reviews_total{path,kind,action,would}     reviews answered
//   tidewaiter_findings_total{policy,action,would}       findings, excused ones too
//   tidewaiter_review_errors_total{status}               malformed (400), or failed by us (500)
//
// `action` is what followed, `would` what follows in enforce mode; they differ in audit mode. A
// series that is to be expected stands at 0 from the start, so that a rate sees its first count.
// May be used by several threads; a review costs atomic increments, and a short lock if it has
// findings.
class ReviewCounters {
 public:
  explicit ReviewCounters(prometheus::Registry& registry);
  ~ReviewCounters();

  // Makes the series that a server with this mode and set will need.
  void Expect(Mode mode, const std::shared_ptr<const PolicySet>& policies);
  // `request` is null if it could not be read; `policies` is the set that decided.
  void Count(Path path, const AdmissionRequest* request,
             const std::shared_ptr<const PolicySet>& policies, const Decision& decision);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidewaiter
