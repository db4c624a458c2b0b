#include "webhook/base/git_commit.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"

namespace tidewaiter {
namespace {

const std::string kOne(40, '1');
const std::string kTwo(40, '2');
const std::string kSha256(64, 'a');

class GitCommit : public testing::Test {
 protected:
  std::string CommitOf(const std::string& name) const {
    const auto checkout = FindGitCheckout(folder_.Path(name));
    return checkout ? checkout->commit : "none";
  }
  // The files to watch, relative to the test's folder.
  std::vector<std::string> FilesOf(const std::string& name) const {
    const auto checkout = FindGitCheckout(folder_.Path(name));
    if (!checkout) return {"none"};
    std::vector<std::string> files;
    for (const std::string& file : checkout->files) {
      files.push_back(std::filesystem::path(file).lexically_relative(folder_.path()).string());
    }
    return files;
  }

  TemporaryFolder folder_;
};

TEST_F(GitCommit, HeadNamesABranch) {
  folder_.Write("r/.git/HEAD", "ref: refs/heads/main\n");
  folder_.Write("r/.git/refs/heads/main", kOne + "\n");
  folder_.Write("r/.git/packed-refs", kTwo + " refs/heads/main\n");  // older than the loose one
  folder_.Write("r/policies/a.yaml", "");
  EXPECT_EQ(CommitOf("r"), kOne);
  EXPECT_EQ(CommitOf("r/policies"), kOne);
  EXPECT_EQ(CommitOf("r/policies/a.yaml"), kOne);
  EXPECT_EQ(FilesOf("r/policies"),
            (std::vector<std::string>{"r/.git/HEAD", "r/.git/index", "r/.git/packed-refs",
                                      "r/.git/refs/heads/main"}));
  const auto checkout = FindGitCheckout(folder_.Path("r"));
  ASSERT_TRUE(checkout);
  EXPECT_EQ(checkout->lock, folder_.Path("r/.git/index.lock"));
}

TEST_F(GitCommit, HeadNamesACommit) {
  folder_.Write("r/.git/HEAD", kTwo + "\n");
  EXPECT_EQ(CommitOf("r"), kTwo);
  folder_.Write("r/.git/HEAD", kSha256);
  EXPECT_EQ(CommitOf("r"), kSha256);
}

TEST_F(GitCommit, PackedRefs) {
  folder_.Write("r/.git/HEAD", "ref: refs/heads/team/main\n");
  folder_.Write("r/.git/packed-refs", "# pack-refs with: peeled fully-peeled sorted\n" + kTwo +
                                          " refs/heads/main\n" + kTwo + " refs/heads/team/main2\n" +
                                          kTwo + " refs/tags/v1\n^" + kTwo + "\n" + kOne +
                                          " refs/heads/team/main");
  EXPECT_EQ(CommitOf("r"), kOne);
}

TEST_F(GitCommit, RefThatNamesARef) {
  folder_.Write("r/.git/HEAD", "ref: refs/heads/alias\n");
  folder_.Write("r/.git/refs/heads/alias", "ref: refs/heads/main\n");
  folder_.Write("r/.git/refs/heads/main", kOne);
  EXPECT_EQ(CommitOf("r"), kOne);
  folder_.Write("r/.git/refs/heads/main", "ref: refs/heads/alias\n");
  EXPECT_EQ(CommitOf("r"), "none");
}

TEST_F(GitCommit, LinkedWorkTree) {
  folder_.Write("r/.git/HEAD", "ref: refs/heads/main\n");
  folder_.Write("r/.git/refs/heads/main", kOne);
  folder_.Write("r/.git/refs/heads/topic", kTwo);
  folder_.Write("r/.git/worktrees/w/HEAD", "ref: refs/heads/topic\n");
  folder_.Write("r/.git/worktrees/w/commondir", "../..\n");
  folder_.Write("w/.git", "gitdir: ../r/.git/worktrees/w\n");
  EXPECT_EQ(CommitOf("w"), kTwo);
  folder_.Write("w/.git", "gitdir: " + folder_.Path("r/.git/worktrees/w") + "\n");
  EXPECT_EQ(CommitOf("w"), kTwo);
  EXPECT_EQ(FilesOf("w"),
            (std::vector<std::string>{"r/.git/worktrees/w/HEAD", "r/.git/worktrees/w/index",
                                      "r/.git/packed-refs", "r/.git/refs/heads/topic"}));
}

TEST_F(GitCommit, GitSyncNamesTheFolder) {
  // The repository itself may not be mounted, so that the work tree's `.git` leads nowhere.
  folder_.Write("git/.worktrees/" + kOne + "/policies/a.yaml", "");
  folder_.Write("git/.worktrees/" + kOne + "/.git", "gitdir: ../../.git/worktrees/gone\n");
  folder_.Write("git/" + kTwo + "/policies/a.yaml", "");
  folder_.Link("git/current", ".worktrees/" + kOne);
  EXPECT_EQ(CommitOf("git/current/policies"), kOne);
  EXPECT_EQ(FilesOf("git/current"), std::vector<std::string>());
  folder_.Link("git/current", kTwo);
  EXPECT_EQ(CommitOf("git/current/policies"), kTwo);
}

TEST_F(GitCommit, TheNearestCounts) {
  folder_.Write("outer/.git/HEAD", kOne);
  folder_.Write("outer/inner/.git/HEAD", kTwo);
  folder_.Write("outer/inner/policies/a.yaml", "");
  EXPECT_EQ(CommitOf("outer/inner/policies"), kTwo);
  EXPECT_EQ(CommitOf("outer"), kOne);
}

TEST_F(GitCommit, NoCommit) {
  folder_.Write("plain/a.yaml", "");
  EXPECT_EQ(CommitOf("plain"), "none");
  EXPECT_EQ(CommitOf("absent"), "none");
  const std::string heads[] = {
      "",
      "ref: ",
      "ref: refs/heads/main\n",  // no commit yet
      "ref: refs/heads/.invalid\n",
      "ref: refs/../secret\n",
      "ref: ../../secret\n",
      "ref: /etc/hostname\n",
      std::string(39, '1') + "\n",
      std::string(41, '1') + "\n",
      std::string(39, '1') + "G\n",
      std::string(5000, '1'),
  };
  folder_.Write("r/secret", kTwo);
  folder_.Write("r/.git/secret", kTwo);
  for (const std::string& head : heads) {
    folder_.Write("r/.git/HEAD", head);
    EXPECT_EQ(CommitOf("r"), "none") << head;
  }
}

}  // namespace
}  // namespace tidewaiter
