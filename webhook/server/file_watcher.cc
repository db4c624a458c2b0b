#include "webhook/server/file_watcher.h"

#include <fmt/core.h>
#include <sys/inotify.h>

#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace tidewaiter {
namespace {

// A file that is written in place counts when its writer closes it: IN_MODIFY would come for every
// line of a log that lies beside.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                  IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                  IN_ONLYDIR;

}  // namespace

struct FileWatcher::Impl {
  Impl(asio::io_context& io, std::function<void()> on_change)
      : changed(std::move(on_change)), descriptor(io) {
    // The kernel gives a user only so many of these. Without one the files are looked at seldom.
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
      failure = fmt::format("cannot watch files: {}", std::generic_category().message(errno));
      return;
    }
    descriptor.assign(fd);
    Read();
  }

  std::function<void()> changed;
  asio::posix::stream_descriptor descriptor;
  std::string failure;                   // why there is no descriptor
  std::map<int, WatchedFolder> folders;  // by watch descriptor
  alignas(inotify_event) std::array<char, 16 << 10> buffer;

  void Read() {
    descriptor.async_read_some(asio::buffer(buffer), [this](asio::error_code error, std::size_t n) {
      if (error) return;
      if (AnyMatters(n)) changed();
      Read();
    });
  }

  bool AnyMatters(std::size_t bytes) const {
    bool any = false;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= bytes;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      // The name is padded with NUL bytes.
      const char* const name = buffer.data() + at + sizeof event;
      any = any || Matters(event, std::string(name, ::strnlen(name, event.len)));
      at += sizeof event + event.len;
    }
    return any;
  }

  bool Matters(const inotify_event& event, const std::string& name) const {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return true;
    const auto found = folders.find(event.wd);
    return found != folders.end() && (name.empty() || found->second.Cares(name));
  }
};

FileWatcher::FileWatcher(asio::io_context& io, std::function<void()> changed)
    : impl_(std::make_unique<Impl>(io, std::move(changed))) {}

FileWatcher::~FileWatcher() = default;

bool FileWatcher::Watch(std::map<std::string, WatchedFolder> folders, std::string& error) {
  if (!impl_->descriptor.is_open()) {
    error = impl_->failure;
    return false;
  }
  const int fd = impl_->descriptor.native_handle();
  std::map<int, WatchedFolder> watched;
  bool all = true;
  for (auto& [path, folder] : folders) {
    const int wd = ::inotify_add_watch(fd, path.c_str(), kEvents);
    if (wd >= 0) {
      watched[wd] = std::move(folder);
    } else if (errno != ENOENT && errno != ENOTDIR) {
      error = fmt::format("cannot watch {}: {}", path, std::generic_category().message(errno));
      all = false;
    }
  }
  for (const auto& [wd, folder] : impl_->folders) {
    if (!watched.contains(wd)) ::inotify_rm_watch(fd, wd);
  }
  impl_->folders = std::move(watched);
  return all;
}

}  // namespace tidewaiter
