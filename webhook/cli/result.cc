#include "webhook/cli/result.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "webhook/base/file.h"

namespace tidewaiter {
namespace {

bool WriteAll(int fd, std::string_view text, std::string_view name, std::string& error) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EPIPE) return true;
    if (n < 0) {
      error = fmt::format("cannot write {}: {}", name, std::generic_category().message(errno));
      return false;
    }
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

// A device or a pipe cannot be replaced as a file is.
bool IsSpecial(const std::string& file) {
  struct stat status = {};
  return ::stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

}  // namespace

bool WriteResult(std::string_view text, const std::string& file, std::string& error) {
  ::signal(SIGPIPE, SIG_IGN);
  if (file.empty()) return WriteAll(STDOUT_FILENO, text, "standard output", error);
  if (!IsSpecial(file)) return WriteFile(file, text, 0644, error);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) {
    error = fmt::format("cannot write {}: {}", file, std::generic_category().message(errno));
    return false;
  }
  const bool written = WriteAll(fd, text, file, error);
  ::close(fd);
  return written;
}

void WriteError(std::string_view text) {
  std::string ignored;
  WriteAll(STDERR_FILENO, text, "standard error", ignored);
}

}  // namespace tidewaiter
