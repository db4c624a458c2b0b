#include <deque>
#include <filesystem>
#include <system_error>

#include "webhook/server/file_watcher.h"

namespace tidewaiter {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // on the way to one file, as the kernel has it

class Collector {
 public:
  // Goes to a path as the kernel does, part by part, and notes where each link stands.
  void Path(const fs::path& path) {
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error);
    if (error) return;
    std::deque<fs::path> rest = Parts(absolute);
    fs::path real = "/";
    for (int links = 0; !rest.empty();) {
      const fs::path part = rest.front();
      rest.pop_front();
      if (part == "..") {
        real = real.parent_path();
        continue;
      }
      const fs::file_status status = fs::symlink_status(real / part, error);
      const bool link = fs::is_symlink(status);
      if (link || rest.empty() || !fs::exists(status)) {
        folders[real.string()].names.insert(part.string());
      }
      if (!fs::exists(status)) return;
      if (!link) {
        real /= part;
        continue;
      }
      if (++links > kMostLinks) return;
      const fs::path target = fs::read_symlink(real / part, error);
      if (error) return;
      if (target.is_absolute()) real = "/";
      const std::deque<fs::path> parts = Parts(target);
      rest.insert(rest.begin(), parts.begin(), parts.end());
    }
    if (fs::is_directory(real, error)) Tree(real);
  }

  std::map<std::string, WatchedFolder> folders;

 private:
  static std::deque<fs::path> Parts(const fs::path& path) {
    std::deque<fs::path> parts;
    for (const fs::path& part : path) {
      if (!part.empty() && part != "/" && part != ".") parts.push_back(part);
    }
    return parts;
  }

  // A real folder, and what ListFiles would go into from there.
  void Tree(const fs::path& folder) {
    WatchedFolder& watched = folders[folder.string()];
    if (watched.every_name) return;
    watched.every_name = true;
    std::error_code error;
    if (fs::is_symlink(folder / "..data", error)) return Path(folder / "..data");
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().filename().string().starts_with('.')) continue;
      std::error_code ignored;
      if (entry->is_symlink(ignored)) {
        Path(entry->path());
      } else if (entry->is_directory(ignored)) {
        Tree(entry->path());
      }
    }
  }
};

}  // namespace

bool WatchedFolder::Cares(const std::string& name) const {
  return (every_name && (!name.starts_with('.') || name == "..data")) || names.contains(name);
}

std::map<std::string, WatchedFolder> FoldersToWatch(const std::vector<std::string>& paths) {
  Collector collector;
  for (const std::string& path : paths) collector.Path(path);
  return std::move(collector.folders);
}

}  // namespace tidewaiter
