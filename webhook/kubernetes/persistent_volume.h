#pragma once

#include <string_view>

namespace tidewaiter {

// What the checks read of a PersistentVolume, typed. Text is a view into the request.
struct PersistentVolume {
  std::string_view node_source;  // hostPath or local, if it is a path of a node; else empty
  std::string_view path;
};

}  // namespace tidewaiter
