#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Files, read and written whole, with errors for people.
namespace tidewaiter {

// The bytes of a file of at most `max_bytes`. On failure nothing, and `error` says what and why:
// "cannot read policies/x.yaml: Permission denied". "-" is standard input.
std::optional<std::string> ReadFile(const std::string& path, std::size_t max_bytes,
                                    std::string& error);

// The bytes of files that belong together, as a certificate and its key do. Those in a mounted
// Secret are all read through its `..data` link, resolved once, so that no swap falls between two
// of them.
std::optional<std::vector<std::string>> ReadFilesTogether(const std::vector<std::string>& paths,
                                                          std::size_t max_bytes,
                                                          std::string& error);

// Creates or replaces a file with the given mode, so that a reader sees the old or the new content.
bool WriteFile(const std::string& path, std::string_view content, unsigned mode,
               std::string& error);

// The files that `path` means: itself, or, for a folder, what is in it with one of the `extensions`
// (".yaml"), in name order; `recursive` goes down, but into no folder named `passed_over`. Names
// that start with "." are skipped. A folder that holds a `..data` link (a mounted ConfigMap) is
// read through that link, resolved once.
std::optional<std::vector<std::string>> ListFiles(const std::string& path,
                                                  const std::vector<std::string>& extensions,
                                                  bool recursive, std::string& error,
                                                  std::string_view passed_over = "");

}  // namespace tidewaiter
