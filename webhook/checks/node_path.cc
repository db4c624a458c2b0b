#include "webhook/checks/node_path.h"

#include <vector>

namespace tidewaiter {

std::string NormalPath(std::string_view written) {
  std::vector<std::string_view> parts;
  while (!written.empty()) {
    const std::string_view part = written.substr(0, written.find('/'));
    written.remove_prefix(std::min(written.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  std::string path;
  for (const std::string_view part : parts) {
    path += '/';
    path += part;
  }
  return path.empty() ? "/" : path;
}

bool IsWithin(std::string_view path, std::string_view tree) {
  if (tree == "/" || path == tree) return true;
  return path.size() > tree.size() && path.starts_with(tree) && path[tree.size()] == '/';
}

std::set<std::string_view> ReadOnlyVolumes(const PodSpec& pod) {
  std::set<std::string_view> read_only;
  std::set<std::string_view> writable;
  for (const Container& container : pod.containers) {
    for (const VolumeMount& mount : container.volume_mounts) {
      (mount.read_only ? read_only : writable).insert(mount.volume);
    }
  }
  for (const std::string_view volume : writable) read_only.erase(volume);
  return read_only;
}

}  // namespace tidewaiter
