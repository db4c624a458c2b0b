#pragma once

#include <memory>
#include <string>
#include <vector>

#include "webhook/policy/policy_origin.h"
#include "webhook/server/current.h"
#include "webhook/server/reload_status.h"
#include "webhook/server/reloader.h"

namespace tidewaiter {

// Tells, as one entry of the log, what is probably not meant in policies that are served all the
// same: what never matches, and what has expired or will soon.
void LogWarnings(const Diagnostics& warnings, OperationalLog& log);

// The policies in force. A review that has begun keeps the set that it began with. Files that have
// mistakes, or are no longer there, change nothing: the set in force stays, the mistakes are logged
// once for each content, and failing() says so. The warnings of a new set are logged once.
class PolicyStore : public Reloadable {
 public:
  // `first` is what the origin held at the start.
  PolicyStore(std::shared_ptr<const PolicySet> first, PolicyOrigin origin,
              std::vector<CheckKind> checks, Metrics& metrics, OperationalLog& log);

  // From any thread.
  std::shared_ptr<const PolicySet> Get() const { return current_.Get(); }
  bool failing() const { return status_.failing(); }

  std::vector<std::string> Paths() const override;
  bool BeingWritten() const override;
  bool Reload(bool asked) override;

 private:
  const PolicyOrigin origin_;
  const std::vector<CheckKind> checks_;
  OperationalLog& log_;
  ReloadStatus status_;
  Current<const PolicySet> current_;
  // Sets that a review may still use. They end here, and not on a thread that answers reviews.
  std::vector<std::shared_ptr<const PolicySet>> retired_;
};

}  // namespace tidewaiter
