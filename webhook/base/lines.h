#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidewaiter {

// The lines of a file that may be larger than memory. A file that gzip made, also of several
// parts, is read as what it holds, whatever its name.
class LineReader {
 public:
  // "-" is standard input. Null, and `error` ("cannot read x.log: Permission denied"), on failure.
  static std::unique_ptr<LineReader> Open(const std::string& path, std::string& error);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // The next line, without its line feed; valid until the next call. False at the end of the file,
  // or when it cannot be read on: then error() says why. Of a line longer than kMaxLine only so
  // much is given.
  bool Next(std::string_view& line);
  const std::string& error() const { return error_; }

  // Bytes taken from the file so far, as they are on the disk, and how many it has; 0 if that is
  // not known (a pipe).
  std::uint64_t position() const;
  std::uint64_t size() const { return size_; }

  static constexpr std::size_t kMaxLine = 1 << 20;

 private:
  LineReader(std::string path, void* file, std::uint64_t size);
  bool Fill();

  std::string path_;
  void* file_;  // zlib's gzFile
  std::uint64_t size_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what has been read and not given
  std::size_t end_ = 0;
  bool skipping_ = false;  // the rest of a line that was too long
  bool ended_ = false;
  std::string error_;
};

}  // namespace tidewaiter
