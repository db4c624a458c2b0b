#include "webhook/base/git_commit.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "webhook/base/file.h"

namespace tidewaiter {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSmallFile = 4096;
constexpr std::size_t kMaxPackedRefs = 16 << 20;
constexpr int kMostSymbolicRefs = 5;

bool IsCommit(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The first line of a file; nothing if it cannot be read.
std::optional<std::string> FirstLine(const fs::path& path, std::size_t max_bytes = kMaxSmallFile) {
  std::string error;
  std::optional<std::string> text = ReadFile(path.string(), max_bytes, error);
  if (text) text->resize(std::min(text->size(), text->find_first_of("\r\n")));
  return text;
}

// The rest of a line behind "gitdir: " or "ref: ".
std::optional<std::string> After(std::string_view word, const std::optional<std::string>& line) {
  if (!line || !line->starts_with(word)) return std::nullopt;
  return line->substr(word.size());
}

// A ref is the path of a file below the repository; one that leads out of it is none.
bool IsRefName(const std::string& name) {
  const fs::path path(name);
  return name.starts_with("refs/") && std::find(path.begin(), path.end(), "..") == path.end();
}

std::optional<std::string> FindPackedRef(const fs::path& file, const std::string& name) {
  std::string error;
  const std::optional<std::string> text = ReadFile(file.string(), kMaxPackedRefs, error);
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos || line.substr(space + 1) != name) continue;
    if (IsCommit(line.substr(0, space))) return std::string(line.substr(0, space));
  }
  return std::nullopt;
}

// The repository's folder: `.git` itself, or what the `.git` file of a linked work tree names.
fs::path RepositoryOf(const fs::path& dot_git) {
  std::error_code ignored;
  if (fs::is_directory(dot_git, ignored)) return dot_git;
  const auto named = After("gitdir: ", FirstLine(dot_git));
  return named ? (dot_git.parent_path() / *named).lexically_normal() : fs::path();
}

std::optional<GitCheckout> ReadCheckout(const fs::path& dot_git) {
  const fs::path repository = RepositoryOf(dot_git);
  if (repository.empty()) return std::nullopt;
  // A linked work tree has a HEAD and an index of its own, and shares the refs.
  const auto common = FirstLine(repository / "commondir");
  const fs::path shared = common ? (repository / *common).lexically_normal() : repository;
  const fs::path packed = shared / "packed-refs";

  GitCheckout checkout;
  checkout.lock = (repository / "index.lock").string();
  for (const char* const name : {"HEAD", "index"}) {
    checkout.files.push_back((repository / name).string());
  }
  checkout.files.push_back(packed.string());
  std::optional<std::string> line = FirstLine(repository / "HEAD");
  for (int i = 0; i < kMostSymbolicRefs && line; ++i) {
    const auto ref = After("ref: ", line);
    if (!ref) break;
    if (!IsRefName(*ref)) return std::nullopt;
    checkout.files.push_back((shared / *ref).string());
    line = FirstLine(shared / *ref);
    if (!line) line = FindPackedRef(packed, *ref);
  }
  if (!line || !IsCommit(*line)) return std::nullopt;
  checkout.commit = *line;
  return checkout;
}

}  // namespace

std::optional<GitCheckout> FindGitCheckout(const std::string& path) {
  std::error_code failed;
  fs::path folder = fs::canonical(path, failed);
  while (!failed) {
    std::error_code ignored;
    if (fs::exists(folder / ".git", ignored)) {
      if (auto checkout = ReadCheckout(folder / ".git")) return checkout;
    }
    if (const std::string name = folder.filename().string(); IsCommit(name)) {
      return GitCheckout{name, {}, ""};
    }
    if (folder == folder.parent_path()) break;
    folder = folder.parent_path();
  }
  return std::nullopt;
}

}  // namespace tidewaiter
