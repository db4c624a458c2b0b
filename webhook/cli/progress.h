#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

namespace tidewaiter {

// A bar on standard error for work that takes longer than a second, as long as this lives; the line
// is cleared at the end. Only on a terminal: elsewhere nothing is ever written.
//   [############..................] 4012/10000 files
// Where `total` is 0, it is not known, and there is only the number: 4012 files
class Progress {
 public:
  Progress(std::size_t total, std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // One is done, or some are. Any thread may say so.
  void Step() { Advance(1); }
  void Advance(std::size_t done) { done_ += done; }

 private:
  void Draw();

  const std::size_t total_;
  const std::string what_;
  std::atomic<std::size_t> done_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  std::thread drawer_;
};

// "[####....] 1/2 files", `width` characters between the brackets.
std::string ProgressBar(std::size_t done, std::size_t total, std::size_t width,
                        const std::string& what);

}  // namespace tidewaiter
