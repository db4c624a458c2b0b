#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "webhook/admission/decision.h"
#include "webhook/cli/manifest.h"
#include "webhook/cli/report/report.h"

namespace tidewaiter {

// What `check` looks at. A path is a file, a folder, or "-" for standard input.
struct Judged {
  std::vector<std::string> paths;
  std::vector<std::string> old_paths;  // of an UPDATE: what is in the cluster before it
  bool recursive = false;              // go down into folders
  AssumedRequest assumed;
  Mode mode = Mode::kEnforce;
};

// Reads and judges every file, several at a time; the report does not depend on their number. What
// cannot be read is an error in the report. `checks` must outlive it.
Report JudgeFiles(const Judged& judged, std::shared_ptr<const PolicySet> policies,
                  std::span<const CheckKind> checks);

}  // namespace tidewaiter
