#include "webhook/server/reload_status.h"

namespace tidewaiter {

void ReloadStatus::Loaded(const std::string& line) {
  failing_ = false;
  metrics_.Reload(what_, ReloadResult::kLoaded);
  log_.Info(line);
}

void ReloadStatus::Failed(const std::string& content, const std::string& line) {
  failed_ = content;
  failing_ = true;
  metrics_.Reload(what_, ReloadResult::kFailed);
  log_.Error(line);
}

void ReloadStatus::Unchanged(bool asked, const std::string& line) {
  if (!asked && !failing_) return;
  failing_ = false;
  metrics_.Reload(what_, ReloadResult::kUnchanged);
  log_.Info(line);
}

}  // namespace tidewaiter
