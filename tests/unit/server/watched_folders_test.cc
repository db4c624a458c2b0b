#include <fmt/core.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"
#include "webhook/server/file_watcher.h"

namespace tidewaiter {
namespace {

class WatchedFolders : public testing::Test {
 protected:
  // "folder: names" for each folder within the test's; "*" for every name. What lies above is left
  // out, but for the test's own folder, which is ".".
  std::vector<std::string> Of(const std::string& name) const {
    std::vector<std::string> lines;
    const std::string root = std::filesystem::canonical(folder_.path()).string();
    for (const auto& [path, watched] : FoldersToWatch({folder_.Path(name)})) {
      if (!path.starts_with(root)) continue;
      std::string line = std::filesystem::path(path).lexically_relative(root).string() + ":";
      if (watched.every_name) line += " *";
      for (const std::string& each : watched.names) line += " " + each;
      lines.push_back(line);
    }
    return lines;
  }
  using Lines = std::vector<std::string>;

  TemporaryFolder folder_;
};

TEST_F(WatchedFolders, AFileIsWatchedByItsName) {
  folder_.Write("certs/tls.crt", "");
  folder_.Write("certs/other", "");
  EXPECT_EQ(Of("certs/tls.crt"), (Lines{"certs: tls.crt"}));
}

TEST_F(WatchedFolders, AFolderWithAllBelow) {
  folder_.Write("p/a.yaml", "");
  folder_.Write("p/sub/deep/b.yaml", "");
  folder_.Write("p/.git/HEAD", "");
  EXPECT_EQ(Of("p"), (Lines{".: p", "p: *", "p/sub: *", "p/sub/deep: *"}));
  EXPECT_EQ(Of("p/"), Of("p"));
}

TEST_F(WatchedFolders, AMountedConfigMap) {
  folder_.Write("m/..2026_11_21/a.yaml", "");
  folder_.Write("m/..2026_11_20/a.yaml", "");
  folder_.Link("m/..data", "..2026_11_21");
  folder_.Link("m/a.yaml", "..data/a.yaml");
  EXPECT_EQ(Of("m"), (Lines{".: m", "m: * ..2026_11_21 ..data", "m/..2026_11_21: *"}));
  EXPECT_EQ(Of("m/a.yaml"), (Lines{"m: ..data a.yaml", "m/..2026_11_21: a.yaml"}));
}

TEST_F(WatchedFolders, TheLinkOfGitSync) {
  folder_.Write("git/.worktrees/abc/policies/a.yaml", "");
  folder_.Link("git/current", ".worktrees/abc");
  EXPECT_EQ(Of("git/current/policies"), (Lines{"git: current", "git/.worktrees/abc: policies",
                                               "git/.worktrees/abc/policies: *"}));
}

TEST_F(WatchedFolders, LinksWithinAFolder) {
  folder_.Write("elsewhere/b.yaml", "");
  folder_.Write("shared/c.yaml", "");
  folder_.Write("p/a.yaml", "");
  folder_.Link("p/b.yaml", "../elsewhere/b.yaml");
  folder_.Link("p/shared", folder_.Path("shared"));
  folder_.Link("p/self", ".");
  EXPECT_EQ(Of("p"),
            (Lines{".: p shared", "elsewhere: b.yaml", "p: * b.yaml self shared", "shared: *"}));
}

TEST_F(WatchedFolders, WhatIsNotThereIsAwaited) {
  EXPECT_EQ(Of("p"), (Lines{".: p"}));
  EXPECT_EQ(Of("p/q/r.yaml"), (Lines{".: p"}));
  folder_.Link("dangling", "target/x");
  EXPECT_EQ(Of("dangling"), (Lines{".: dangling target"}));
  folder_.Link("loop", "loop");
  EXPECT_EQ(Of("loop"), (Lines{".: loop"}));
}

TEST_F(WatchedFolders, NamesThatMatter) {
  const WatchedFolder every{true, {}};
  EXPECT_TRUE(every.Cares("a.yaml"));
  EXPECT_TRUE(every.Cares("..data"));
  EXPECT_FALSE(every.Cares(".a.yaml.swp"));
  EXPECT_FALSE(every.Cares("..data_tmp"));
  const WatchedFolder some{false, {"HEAD"}};
  EXPECT_TRUE(some.Cares("HEAD"));
  EXPECT_FALSE(some.Cares("HEAD.lock"));
}

}  // namespace
}  // namespace tidewaiter
