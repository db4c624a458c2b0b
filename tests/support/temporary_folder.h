#pragma once

#include <string>

namespace tidewaiter {

// A folder that is removed, with all that is in it, when its owner goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file in place, with the folders that it needs.
  void Write(const std::string& name, const std::string& content) const;
  // Makes a link, or swaps one as the kubelet and git-sync do: a new link is renamed over the old.
  void Link(const std::string& name, const std::string& target) const;

 private:
  std::string path_;
};

}  // namespace tidewaiter
