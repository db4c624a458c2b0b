#include "webhook/base/file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

namespace tidewaiter {
namespace {

namespace fs = std::filesystem;

std::string Reason(int error) { return std::generic_category().message(error); }

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

bool WriteAll(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool HasExtension(const fs::path& path, const std::vector<std::string>& extensions) {
  return std::find(extensions.begin(), extensions.end(), path.extension().string()) !=
         extensions.end();
}

// What a folder is read as: itself, or where the `..data` link of a mounted ConfigMap points to.
fs::path ThroughDataLink(const fs::path& folder) {
  const fs::path data = folder / "..data";
  return fs::is_symlink(data) ? folder / fs::read_symlink(data) : folder;
}

void List(const fs::path& folder, const std::vector<std::string>& extensions, bool recursive,
          std::string_view passed_over, std::vector<std::string>& files) {
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(ThroughDataLink(folder))) {
    if (!entry.path().filename().string().starts_with('.')) entries.push_back(entry.path());
  }
  std::sort(entries.begin(), entries.end());
  for (const fs::path& entry : entries) {
    if (fs::is_directory(entry)) {
      if (!recursive || entry.filename() == passed_over) continue;
      List(entry, extensions, recursive, passed_over, files);
    } else if (HasExtension(entry, extensions)) {
      files.push_back(entry.string());
    }
  }
}

}  // namespace

std::optional<std::string> ReadFile(const std::string& path, std::size_t max_bytes,
                                    std::string& error) {
  const Descriptor file(path == "-" ? ::dup(STDIN_FILENO)
                                    : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string content;
  std::array<char, 1 << 16> buffer;
  while (file.get() >= 0) {
    const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
    if (n == 0) return content;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    content.append(buffer.data(), static_cast<std::size_t>(n));
    if (content.size() > max_bytes) {
      error = fmt::format("cannot read {}: larger than {} bytes", path, max_bytes);
      return std::nullopt;
    }
  }
  error = fmt::format("cannot read {}: {}", path, Reason(errno));
  return std::nullopt;
}

std::optional<std::vector<std::string>> ReadFilesTogether(const std::vector<std::string>& paths,
                                                          std::size_t max_bytes,
                                                          std::string& error) {
  std::vector<std::string> contents;
  std::map<fs::path, fs::path> folders;
  try {
    for (const fs::path path : paths) {
      const fs::path parent = path.has_parent_path() ? path.parent_path() : ".";
      auto found = folders.find(parent);
      if (found == folders.end()) found = folders.emplace(parent, ThroughDataLink(parent)).first;
      const fs::path inside = found->second / path.filename();
      // A file may also stand beside the link.
      auto content = ReadFile((fs::exists(inside) ? inside : path).string(), max_bytes, error);
      if (!content) return std::nullopt;
      contents.push_back(std::move(*content));
    }
    return contents;
  } catch (const fs::filesystem_error& failure) {
    error = fmt::format("cannot read {}: {}", failure.path1().string(), failure.code().message());
    return std::nullopt;
  }
}

bool WriteFile(const std::string& path, std::string_view content, unsigned mode,
               std::string& error) {
  const std::string temporary = path + ".new";
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (file.get() < 0 || ::fchmod(file.get(), mode) != 0 || !WriteAll(file.get(), content)) {
      error = fmt::format("cannot write {}: {}", temporary, Reason(errno));
      return false;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) == 0) return true;
  error = fmt::format("cannot write {}: {}", path, Reason(errno));
  return false;
}

std::optional<std::vector<std::string>> ListFiles(const std::string& path,
                                                  const std::vector<std::string>& extensions,
                                                  bool recursive, std::string& error,
                                                  std::string_view passed_over) {
  try {
    if (!fs::is_directory(path)) return std::vector<std::string>{path};
    std::vector<std::string> files;
    List(path, extensions, recursive, passed_over, files);
    return files;
  } catch (const fs::filesystem_error& failure) {
    error = fmt::format("cannot read {}: {}", path, failure.code().message());
    return std::nullopt;
  }
}

}  // namespace tidewaiter
