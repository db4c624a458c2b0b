#include "webhook/evidence/decision_log.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tidewaiter {
namespace {

constexpr unsigned kFileMode = 0640;

struct Target {
  int fd = -1;
  bool is_file = false;
  bool is_socket = false;
};

// A process that was killed, or a disk that was full, may have left half a line.
void EndTornLine(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char last = '\n';
  if (size > 0 && ::pread(fd, &last, 1, size - 1) == 1 && last != '\n') {
    [[maybe_unused]] const ssize_t ignored = ::write(fd, "\n", 1);
  }
}

// Standard output is opened anew, through /proc, so that O_NONBLOCK is ours alone and not also set
// for whoever shares it with us. A socket cannot be opened so; it is written with MSG_DONTWAIT.
int OpenStandardOutput() {
  const int fd = ::open("/proc/self/fd/1", O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
  return fd >= 0 ? fd : ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

int OpenFile(const std::string& path) {
  struct stat status;
  if (::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode)) {
    // Read and write, so that opening does not wait for a reader.
    return ::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  }
  return ::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, kFileMode);
}

Target OpenTarget(const std::string& path, std::string& error) {
  Target target;
  target.fd = path == "-" ? OpenStandardOutput() : OpenFile(path);
  struct stat status;
  if (target.fd < 0 || ::fstat(target.fd, &status) != 0) {
    error = fmt::format("cannot open decision log {}: {}", path,
                        std::generic_category().message(errno));
    if (target.fd >= 0) ::close(target.fd);
    return {};
  }
  target.is_file = S_ISREG(status.st_mode);
  target.is_socket = S_ISSOCK(status.st_mode);
  if (target.is_file) EndTornLine(target.fd);
  return target;
}

}  // namespace

std::unique_ptr<DecisionLog> DecisionLog::Open(const std::string& path, std::string& error) {
  const Target target = OpenTarget(path, error);
  if (target.fd < 0) return nullptr;
  return std::unique_ptr<DecisionLog>(
      new DecisionLog(path, target.fd, target.is_file, target.is_socket));
}

DecisionLog::DecisionLog(std::string path, int fd, bool is_file, bool is_socket)
    : path_(std::move(path)), fd_(fd), is_file_(is_file), is_socket_(is_socket) {}

DecisionLog::~DecisionLog() { ::close(fd_); }

DecisionLog::Outcome DecisionLog::TryWrite(std::string_view line) {
  const std::lock_guard lock(mutex_);
  const Outcome outcome = is_file_ ? WriteToFile(line) : WriteToPipe(line);
  if (outcome == Outcome::kWritten) {
    ++written_;
    failing_ = false;
  }
  return outcome;
}

void DecisionLog::Drop() {
  const std::lock_guard lock(mutex_);
  Lose();
}

DecisionLog::Outcome DecisionLog::Lose() {
  ++dropped_;
  failing_ = true;
  return Outcome::kDropped;
}

DecisionLog::Outcome DecisionLog::WriteToFile(std::string_view line) {
  const ssize_t n = ::write(fd_, line.data(), line.size());
  if (n == static_cast<ssize_t>(line.size())) return Outcome::kWritten;
  if (n > 0) {
    // The disk is full in the middle of the line: nobody may read half of it.
    const off_t end = ::lseek(fd_, 0, SEEK_END);
    [[maybe_unused]] const int ignored = ::ftruncate(fd_, end - n);
  }
  return Lose();
}

DecisionLog::Outcome DecisionLog::WriteToPipe(std::string_view line) {
  const bool room = FinishPending();
  const long n = room ? WriteSome(line) : 0;
  if (n < 0) return Lose();
  if (n == 0) return failing_ ? Lose() : Outcome::kFull;
  pending_ = line.substr(static_cast<std::size_t>(n));
  return Outcome::kWritten;
}

bool DecisionLog::FinishPending() {
  while (!pending_.empty()) {
    const long n = WriteSome(pending_);
    if (n <= 0) return false;
    pending_.erase(0, static_cast<std::size_t>(n));
  }
  return true;
}

long DecisionLog::WriteSome(std::string_view bytes) {
  while (true) {
    const ssize_t n = is_socket_ ? ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT)
                                 : ::write(fd_, bytes.data(), bytes.size());
    if (n >= 0) return n;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno != EINTR) return -1;
  }
}

bool DecisionLog::Reopen(std::string& error) {
  if (path_ == "-") return true;
  const Target target = OpenTarget(path_, error);
  if (target.fd < 0) return false;
  const std::lock_guard lock(mutex_);
  ::close(fd_);
  fd_ = target.fd;
  is_file_ = target.is_file;
  is_socket_ = target.is_socket;
  pending_.clear();
  return true;
}

void DecisionLog::Flush(int milliseconds) {
  const std::lock_guard lock(mutex_);
  while (!FinishPending() && milliseconds > 0) {
    constexpr int kStep = 10;
    pollfd wait{fd_, POLLOUT, 0};
    ::poll(&wait, 1, kStep);
    milliseconds -= kStep;
  }
}

}  // namespace tidewaiter
