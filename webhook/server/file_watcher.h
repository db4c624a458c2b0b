#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace asio {
class io_context;
}

namespace tidewaiter {

// What matters in a folder: these names, or every name that does not begin with "." (and `..data`).
struct WatchedFolder {
  bool every_name = false;
  std::set<std::string> names;

  bool Cares(const std::string& name) const;
  bool operator==(const WatchedFolder&) const = default;
};

// The folders in which a change may change what `paths` (files, and folders read as ListFiles does)
// hold: the folders themselves with what is below them, and the folder of every link on the way, so
// that the swap of a link is seen: a ConfigMap's `..data`, or the link of git-sync. By their real
// paths. Of a path that does not exist, the place where it would come to be.
std::map<std::string, WatchedFolder> FoldersToWatch(const std::vector<std::string>& paths);

// Tells when something has changed in folders (inotify). Used from the thread that runs `io`.
class FileWatcher {
 public:
  FileWatcher(asio::io_context& io, std::function<void()> changed);
  ~FileWatcher();
  FileWatcher(const FileWatcher&) = delete;
  FileWatcher& operator=(const FileWatcher&) = delete;

  // Watches these folders, and no longer others. False, and `error`, if the kernel refuses one that
  // is there, or refuses to tell of anything: then changes go unseen.
  bool Watch(std::map<std::string, WatchedFolder> folders, std::string& error);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidewaiter
