#include "webhook/server/exception_metrics.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tidewaiter {
namespace {

using std::chrono::sys_seconds;

sys_seconds Now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

bool HasExpired(const PolicyException& exception, sys_seconds now) {
  return exception.HasExpired(now);
}
bool IsOverLong(const PolicyException& exception, sys_seconds now) {
  return exception.IsOverLong(now);
}
// Whether or not it is within its window of the week.
bool IsActive(const PolicyException& exception, sys_seconds now) {
  return !exception.HasExpired(now) && !exception.IsOverLong(now);
}

double NextExpiry(const PolicySet& policies, sys_seconds now) {
  sys_seconds next = sys_seconds::max();
  for (const PolicyException& exception : policies.exceptions) {
    if (IsActive(exception, now)) next = std::min(next, exception.expires.end);
  }
  return next == sys_seconds::max() ? 0 : static_cast<double>(next.time_since_epoch().count());
}

}  // namespace

void ExceptionMetrics::Describe(Metrics& metrics,
                                std::function<std::shared_ptr<const PolicySet>()> policies) {
  const std::pair<const char*, bool (*)(const PolicyException&, sys_seconds)> states[] = {
      {"active", IsActive}, {"expired", HasExpired}, {"over_long", IsOverLong}};
  for (const auto& [state, holds] : states) {
    metrics.AddGauge(
        "tidewaiter_exceptions",
        "Exceptions; those that have expired or end too far ahead (over_long) have no effect.",
        [policies, is = holds] {
          const auto set = policies();
          const sys_seconds now = Now();
          return static_cast<double>(
              std::count_if(set->exceptions.begin(), set->exceptions.end(),
                            [&](const PolicyException& one) { return is(one, now); }));
        },
        {{"state", state}});
  }
  metrics.AddGauge("tidewaiter_exception_next_expiry_timestamp_seconds",
                   "When the next of the active exceptions ends, in seconds since 1970; 0 if there "
                   "is none.",
                   [policies] { return NextExpiry(*policies(), Now()); });
  metrics.AddGauge("tidewaiter_exceptions_unused",
                   "Active exceptions that have excused nothing since the program started.",
                   [this, policies] { return static_cast<double>(Unused(*policies(), Now())); });
}

void ExceptionMetrics::Count(const Decision& decision) {
  for (const Finding& finding : decision.findings) {
    if (finding.exception == nullptr) continue;
    const std::lock_guard lock(mutex_);
    used_.insert(finding.exception->name);
  }
}

std::size_t ExceptionMetrics::Unused(const PolicySet& policies, sys_seconds now) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(
      policies.exceptions.begin(), policies.exceptions.end(),
      [&](const PolicyException& one) { return IsActive(one, now) && !used_.contains(one.name); }));
}

}  // namespace tidewaiter
