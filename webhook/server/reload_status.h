#pragma once

#include <atomic>
#include <string>

#include "webhook/server/metrics.h"
#include "webhook/server/operational_log.h"

namespace tidewaiter {

// What came of the reloads of one thing, for the log and the metrics. A failure is told once for
// each content, though its files are looked at every minute.
class ReloadStatus {
 public:
  ReloadStatus(Reloaded what, Metrics& metrics, OperationalLog& log)
      : what_(what), metrics_(metrics), log_(log) {}

  // Whether the files are other than what is in force, and of no use. From any thread.
  bool failing() const { return failing_; }
  // Whether this content has failed, and none since.
  bool KnownToFail(const std::string& content) const { return failing_ && content == failed_; }

  void Loaded(const std::string& line);
  void Failed(const std::string& content, const std::string& line);
  // The files are what is in force. Told if somebody asked, or if they have not been so before.
  void Unchanged(bool asked, const std::string& line);

 private:
  const Reloaded what_;
  Metrics& metrics_;
  OperationalLog& log_;
  std::string failed_;
  std::atomic<bool> failing_ = false;
};

}  // namespace tidewaiter
