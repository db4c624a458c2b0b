#include "webhook/cli/progress.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "webhook/cli/result.h"

namespace tidewaiter {
namespace {

constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::chrono::milliseconds kBetween{100};
constexpr std::size_t kWidth = 30;

}  // namespace

std::string ProgressBar(std::size_t done, std::size_t total, std::size_t width,
                        const std::string& what) {
  if (total == 0) return fmt::format("{} {}", done, what);
  const std::size_t full = width * std::min(done, total) / total;
  return fmt::format("[{}{}] {}/{} {}", std::string(full, '#'), std::string(width - full, '.'),
                     done, total, what);
}

Progress::Progress(std::size_t total, std::string what) : total_(total), what_(std::move(what)) {
  if (::isatty(STDERR_FILENO) == 1) drawer_ = std::thread([this] { Draw(); });
}

Progress::~Progress() {
  if (!drawer_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_all();
  drawer_.join();
}

void Progress::Draw() {
  std::unique_lock lock(mutex_);
  bool drawn = false;
  while (!wake_.wait_for(lock, drawn ? kBetween : kPatience, [this] { return ended_; })) {
    WriteError("\r" + ProgressBar(done_, total_, kWidth, what_));
    drawn = true;
  }
  if (drawn) WriteError("\r\x1b[K");
}

}  // namespace tidewaiter
