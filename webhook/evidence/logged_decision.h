#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/json.h"

// A line of the decision log, read back.
namespace tidewaiter {

struct LoggedFinding {
  std::string_view policy;
  std::string_view action;  // "deny", "warn", "audit"
  std::string_view would;   // the same, in enforce mode
  std::string_view container;
  std::string_view image;      // the container's; empty for a finding of the object itself
  std::string_view exception;  // the name of the one that excuses it; empty if none does
  bool unchanged = false;
};

struct LoggedOwner {
  std::string_view kind;
  std::string_view name;
};

// Views into the document that it was read from. What the line does not have is empty.
struct LoggedDecision {
  std::string_view time;  // as FormatTime writes it: times compare as texts do
  std::string_view operation;
  std::string_view kind;
  std::string_view resource;  // "pods"
  std::string_view name_space;
  std::string_view name;  // "prefix*" where the API server had not made one yet
  LoggedOwner owner;
  std::string_view user;
  bool dry_run = false;
  bool allowed = true;
  std::string_view would;
  std::string_view error;  // why there was no verdict of the policies
  bool truncated = false;  // images, and perhaps findings, were left out
  std::vector<LoggedFinding> findings;
  std::vector<std::string_view> images;
};

enum class LogLine {
  kDecision,
  kOther,      // a JSON object that is no decision: logs of other streams are often mixed in
  kMalformed,  // broken JSON, or a decision that is not as its schema says; `error` tells
};

// Unknown members are ignored; a known one of a wrong type makes the line malformed. `decision` is
// overwritten, so that one value serves all lines.
LogLine ReadDecision(JsonValue root, LoggedDecision& decision, std::string& error);

// The JSON text in a line: container runtimes and `kubectl logs --prefix` put words before it.
std::string_view JsonOfLine(std::string_view line);

}  // namespace tidewaiter
