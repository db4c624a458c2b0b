#pragma once

#include <chrono>
#include <string>

#include "webhook/base/diagnostic.h"
#include "webhook/policy/policy.h"

namespace tidewaiter {

inline constexpr std::chrono::days kExpiresSoon{14};

// The last day on which something holds that ends at `end`: "2027-03-31".
std::string LastDay(std::chrono::sys_seconds end);

// What time makes of a set that was right when it was written: exceptions that have expired, end
// within 14 days or end too far ahead, and indicators that have expired. ParsePolicies never tells
// these, since time alone must not make a set unloadable: a pod that restarts must come up.
//
// All are warnings but for the exception that ends too far ahead, which is of severity `over_long`:
// an error for `lint`, a warning for a server, in which it has no effect.
void LintPolicies(const PolicySet& set, std::chrono::sys_seconds now, DiagnosticSeverity over_long,
                  Diagnostics& diagnostics);

}  // namespace tidewaiter
