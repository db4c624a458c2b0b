#include "webhook/server/operational_log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "webhook/base/json.h"

namespace tidewaiter {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

struct OperationalLog::Impl {
  LogFormat format;
  spdlog::logger logger{"tidewaiter", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
};

OperationalLog::OperationalLog(LogFormat format, LogLevel level)
    : impl_(std::make_unique<Impl>(Impl{format})) {
  impl_->logger.set_level(ToSpdlog(level));
  // In JSON the message is a quoted string already.
  impl_->logger.set_pattern(format == LogFormat::kText
                                ? "%Y-%m-%dT%H:%M:%S.%eZ %l %v"
                                : R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%v})",
                            spdlog::pattern_time_type::utc);
  impl_->logger.flush_on(spdlog::level::trace);
}

OperationalLog::~OperationalLog() = default;

void OperationalLog::Write(LogLevel level, std::string_view message) {
  if (impl_->format == LogFormat::kText) {
    impl_->logger.log(ToSpdlog(level), "{}", message);
    return;
  }
  JsonWriter json;
  json.String(message);
  impl_->logger.log(ToSpdlog(level), "{}", json.text());
}

}  // namespace tidewaiter
