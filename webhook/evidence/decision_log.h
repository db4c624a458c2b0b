#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace tidewaiter {

// The decision log: whole lines, one after the other, to a file or to standard output.
//
// A file is written with one call for each line, so that a line whose answer was seen is there also
// after kill -9; a line that does not fit on the disk is taken back. A pipe never blocks us: its
// open file is made anew without blocking, and a line of which the pipe took only a part is
// finished before the next one. May be used by several threads.
class DecisionLog {
 public:
  enum class Outcome {
    kWritten,
    kFull,     // a pipe has no room now: try again a little later, then Drop()
    kDropped,  // counted as dropped: the file failed, or the pipe has been full for long
  };

  // "-" is standard output. Nothing, and `error`, if the file cannot be opened.
  static std::unique_ptr<DecisionLog> Open(const std::string& path, std::string& error);
  ~DecisionLog();

  Outcome TryWrite(std::string_view line);
  // Gives up on a line that did not find room. From now on lines are dropped at once, until one
  // finds room again.
  void Drop();

  // Opens the file again under its name, for log rotation. The old one stays in use on failure.
  bool Reopen(std::string& error);
  // Finishes a line that a pipe took in part, if that is possible within `milliseconds`.
  void Flush(int milliseconds);

  std::uint64_t written() const { return written_; }
  std::uint64_t dropped() const { return dropped_; }
  // Whether the last line was lost.
  bool failing() const { return failing_; }

 private:
  DecisionLog(std::string path, int fd, bool is_file, bool is_socket);

  Outcome WriteToFile(std::string_view line);
  Outcome WriteToPipe(std::string_view line);
  bool FinishPending();
  // Bytes written; 0 if there is no room; -1 on an error.
  long WriteSome(std::string_view bytes);
  Outcome Lose();

  const std::string path_;
  std::mutex mutex_;
  int fd_;
  bool is_file_;
  bool is_socket_;
  std::string pending_;
  std::atomic<bool> failing_ = false;
  std::atomic<std::uint64_t> written_ = 0;
  std::atomic<std::uint64_t> dropped_ = 0;
};

}  // namespace tidewaiter
