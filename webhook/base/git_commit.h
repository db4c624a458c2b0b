#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tidewaiter {

// A git checkout as its own files describe it; git itself is not run.
struct GitCheckout {
  std::string commit;              // 40 or 64 hex digits
  std::vector<std::string> files;  // that say so: when one of them changes, the commit may have
  std::string lock;                // exists while git writes the work tree; empty: there is none
};

// The checkout that `path` lies in: the nearest folder, from `path` upwards, that has a `.git` (a
// folder, or the file of a linked work tree), or whose name is a commit, as git-sync names the
// target of its link. HEAD is followed through loose and packed refs (gitrepository-layout(5)).
// Nothing if there is no such folder, or if it has no commit that can be read.
//
// The commit is where the checkout stands; it does not say that the files are unchanged since.
std::optional<GitCheckout> FindGitCheckout(const std::string& path);

}  // namespace tidewaiter
