#include "webhook/server/reloader.h"

#include <fmt/core.h>
#include <sys/resource.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <optional>
#include <thread>

#include "webhook/server/file_watcher.h"

namespace tidewaiter {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kQuiet{200};            // nothing has changed for so long
constexpr milliseconds kLongestQuiet{1000};    // or so much has passed since the first change
constexpr milliseconds kLongestWrite{10'000};  // a lock that is older was left by a dead process
constexpr int kNice = 10;

}  // namespace

struct Reloader::Impl {
  Impl(std::vector<Reloadable*> reloadables, milliseconds interval, OperationalLog& operational_log)
      : things(std::move(reloadables)), poll(interval), log(operational_log) {}

  const std::vector<Reloadable*> things;
  const milliseconds poll;
  OperationalLog& log;
  asio::io_context io{1};
  asio::steady_timer quiet{io};
  asio::steady_timer next_poll{io};
  FileWatcher watcher{io, [this] { Changed(); }};
  std::optional<Clock::time_point> first_change;  // of those not yet looked at
  std::string watch_error;                        // told already
  std::thread thread;

  void Run() {
    // On Linux this is the priority of the calling thread alone.
    ::setpriority(PRIO_PROCESS, 0, kNice);
    Look(false);
    io.run();
  }

  void Changed() {
    const Clock::time_point now = Clock::now();
    if (!first_change) first_change = now;
    LookAt(std::min(now + kQuiet, std::max(now, *first_change + kLongestQuiet)));
  }

  void LookAt(Clock::time_point moment) {
    quiet.expires_at(moment);
    quiet.async_wait([this](asio::error_code error) {
      if (error) return;
      const bool stale = first_change && Clock::now() >= *first_change + kLongestWrite;
      if (BeingWritten() && !stale) return LookAt(Clock::now() + kQuiet);
      Look(false);
    });
  }

  bool BeingWritten() const {
    return std::any_of(things.begin(), things.end(),
                       [](const Reloadable* thing) { return thing->BeingWritten(); });
  }

  void Look(bool asked) {
    first_change.reset();
    quiet.cancel();
    Watch();
    bool settled = true;
    for (Reloadable* const thing : things) settled = Reload(*thing, asked) && settled;
    if (!settled) Changed();
    next_poll.expires_after(poll);
    next_poll.async_wait([this](asio::error_code error) {
      if (error) return;
      if (BeingWritten()) return Changed();
      Look(false);
    });
  }

  // What is in force stays so whatever happens here.
  bool Reload(Reloadable& thing, bool asked) {
    try {
      return thing.Reload(asked);
    } catch (const std::exception& failure) {
      log.Error(fmt::format("internal error while loading: {}", failure.what()));
      return true;
    }
  }

  // Before the files are read, so that no change falls between the two.
  void Watch() {
    std::vector<std::string> paths;
    for (const Reloadable* const thing : things) {
      for (std::string& path : thing->Paths()) paths.push_back(std::move(path));
    }
    std::string error;
    if (watcher.Watch(FoldersToWatch(paths), error) || error == watch_error) return;
    watch_error = error;
    log.Warning(fmt::format("{}; changes there are seen within {} s", error,
                            std::chrono::duration_cast<std::chrono::seconds>(poll).count()));
  }
};

Reloader::Reloader(std::vector<Reloadable*> things, milliseconds poll, OperationalLog& log)
    : impl_(std::make_unique<Impl>(std::move(things), poll, log)) {}

Reloader::~Reloader() {
  impl_->io.stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

void Reloader::Start() {
  impl_->thread = std::thread([this] { impl_->Run(); });
}

void Reloader::ReloadNow() {
  asio::post(impl_->io, [this] { impl_->Look(true); });
}

}  // namespace tidewaiter
