#pragma once

#include <cstddef>
#include <functional>

namespace tidewaiter {

// Calls `work` once for each index below `count`, on up to `threads` threads, and returns when all
// are done. If a call throws, no further ones begin, and what the first threw is thrown here.
void ForEachIndex(std::size_t count, std::size_t threads,
                  const std::function<void(std::size_t)>& work);

}  // namespace tidewaiter
