#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "webhook/policy/exception.h"
#include "webhook/policy/policy.h"

namespace tidewaiter {

// The exceptions that may excuse what one policy finds in one request. What holds for the request
// as a whole is looked at once, so that many violations cost little more than one. It keeps
// references to what it is given.
class Excuses {
 public:
  Excuses(std::span<const PolicyException> exceptions, const Policy& policy,
          const AdmissionRequest& request, std::chrono::system_clock::time_point now);

  // The first exception that excuses this violation alone; null if none does.
  const PolicyException* For(const Violation& violation) const;

 private:
  struct Candidate {
    const PolicyException* exception = nullptr;
    bool excuses_pod = false;  // what is about the pod itself
  };

  const AdmissionRequest& request_;
  std::vector<Candidate> candidates_;
};

}  // namespace tidewaiter
