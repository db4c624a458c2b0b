#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "webhook/admission/decision.h"
#include "webhook/server/metrics.h"

namespace tidewaiter {

// What the exceptions of the set in force come to: how many there are, which one ends next, and how
// many have excused nothing since the program started. May be used by several threads.
class ExceptionMetrics {
 public:
  // Gauges that ask for the set in force whenever somebody reads them.
  void Describe(Metrics& metrics, std::function<std::shared_ptr<const PolicySet>()> policies);

  // Remembers which exceptions have excused something.
  void Count(const Decision& decision);

 private:
  std::size_t Unused(const PolicySet& policies, std::chrono::sys_seconds now) const;

  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> used_;  // by name: a reload forgets nothing
};

}  // namespace tidewaiter
