#pragma once

#include <set>
#include <string>
#include <string_view>

#include "webhook/kubernetes/pod.h"

// Paths of a node, as hostPath volumes name them.
namespace tidewaiter {

// The path as the node resolves it, but for symbolic links: from the root, without empty parts, "."
// and "..", without a slash at its end. What is relative begins at the root, as does nothing at
// all.
std::string NormalPath(std::string_view written);

// Whether one of two normal paths is the other or lies below it.
bool IsWithin(std::string_view path, std::string_view tree);

// The names of the volumes that are mounted, and by every mount of every container for reading
// only.
std::set<std::string_view> ReadOnlyVolumes(const PodSpec& pod);

}  // namespace tidewaiter
