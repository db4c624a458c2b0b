#include "webhook/base/lines.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace tidewaiter {
namespace {

std::string Failure(const std::string& path, int error) {
  return fmt::format("cannot read {}: {}", path, std::generic_category().message(error));
}

}  // namespace

std::unique_ptr<LineReader> LineReader::Open(const std::string& path, std::string& error) {
  const int fd = path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (fd < 0 || ::fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
    error = Failure(path, fd >= 0 && S_ISDIR(status.st_mode) ? EISDIR : errno);
    if (fd >= 0) ::close(fd);
    return nullptr;
  }
  const gzFile file = ::gzdopen(fd, "rb");
  if (file == nullptr) {
    error = Failure(path, ENOMEM);
    ::close(fd);
    return nullptr;
  }
  ::gzbuffer(file, 1 << 17);
  const std::uint64_t size =
      S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
  return std::unique_ptr<LineReader>(new LineReader(path, file, size));
}

LineReader::LineReader(std::string path, void* file, std::uint64_t size)
    : path_(std::move(path)), file_(file), size_(size), buffer_(kMaxLine) {}

LineReader::~LineReader() { ::gzclose(static_cast<gzFile>(file_)); }

std::uint64_t LineReader::position() const {
  const auto offset = ::gzoffset(static_cast<gzFile>(file_));
  return offset < 0 ? 0 : static_cast<std::uint64_t>(offset);
}

// Reads more behind what is there; false if nothing came.
bool LineReader::Fill() {
  if (ended_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const auto file = static_cast<gzFile>(file_);
  const int n = ::gzread(file, buffer_.data() + end_, static_cast<unsigned>(buffer_.size() - end_));
  if (n > 0) end_ += static_cast<std::size_t>(n);
  int code = Z_OK;
  // "<fd:4>: incorrect data check"
  std::string_view message = ::gzerror(file, &code);
  message.remove_prefix(message.starts_with("<fd:") ? message.find(": ") + 2 : 0);
  // A gzip file that breaks off gives all its bytes first and only then says so.
  if (n < 0 || code == Z_BUF_ERROR) {
    error_ = code == Z_ERRNO ? Failure(path_, errno)
                             : fmt::format("cannot read {} to its end: {}", path_,
                                           code == Z_BUF_ERROR ? "the file breaks off" : message);
  }
  ended_ = n <= 0 || !error_.empty();
  return n > 0;
}

bool LineReader::Next(std::string_view& line) {
  std::size_t seen = 0;
  while (true) {
    const char* const start = buffer_.data() + begin_;
    const void* const feed =
        end_ - begin_ > seen ? std::memchr(start + seen, '\n', end_ - begin_ - seen) : nullptr;
    if (feed != nullptr) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(feed) - start);
      begin_ += length + 1;
      seen = 0;
      if (std::exchange(skipping_, false)) continue;
      line = {start, length};
      return true;
    }
    seen = end_ - begin_;
    if (seen == buffer_.size()) {
      begin_ = end_;
      seen = 0;
      if (std::exchange(skipping_, true)) continue;
      line = {start, buffer_.size()};
      return true;
    }
    if (Fill()) continue;
    line = {buffer_.data() + begin_, seen};
    begin_ = end_;
    return seen > 0 && !skipping_;
  }
}

}  // namespace tidewaiter
