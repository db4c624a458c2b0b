#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace tidewaiter {

// What the process says of itself, on standard error: start, reload, certificate, refusals. Never
// anything that a caller wrote.
enum class LogFormat { kText, kJson };
enum class LogLevel { kDebug, kInfo, kWarning, kError };

class OperationalLog {
 public:
  OperationalLog(LogFormat format, LogLevel level);
  ~OperationalLog();
  OperationalLog(const OperationalLog&) = delete;
  OperationalLog& operator=(const OperationalLog&) = delete;

  void Write(LogLevel level, std::string_view message);
  void Info(std::string_view message) { Write(LogLevel::kInfo, message); }
  void Warning(std::string_view message) { Write(LogLevel::kWarning, message); }
  void Error(std::string_view message) { Write(LogLevel::kError, message); }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidewaiter
