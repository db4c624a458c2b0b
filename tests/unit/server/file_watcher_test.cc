#include "webhook/server/file_watcher.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <asio/io_context.hpp>
#include <chrono>
#include <filesystem>

#include "tests/support/temporary_folder.h"

namespace tidewaiter {
namespace {

namespace fs = std::filesystem;

class Watcher : public testing::Test {
 protected:
  // Whether the watcher has told of a change by now.
  bool Told() {
    changes_ = 0;
    io_.restart();
    io_.poll();
    return changes_ > 0;
  }
  bool Watch(std::map<std::string, WatchedFolder> folders) {
    error_.clear();
    return watcher_.Watch(std::move(folders), error_);
  }

  const TemporaryFolder folder_;
  asio::io_context io_;
  int changes_ = 0;
  std::string error_;
  FileWatcher watcher_{io_, [this] { ++changes_; }};
};

TEST_F(Watcher, TellsOfWhatMatters) {
  fs::create_directory(folder_.Path("p"));
  ASSERT_TRUE(Watch({{folder_.Path("p"), {true, {}}}, {folder_.path(), {false, {"link"}}}}));
  EXPECT_FALSE(Told());
  folder_.Write("p/a.yaml", "1");
  EXPECT_TRUE(Told());
  EXPECT_FALSE(Told());
  folder_.Write("p/.a.yaml.swp", "2");
  folder_.Write("beside", "3");
  EXPECT_FALSE(Told());
  folder_.Link("link", "p");
  EXPECT_TRUE(Told());
  fs::permissions(folder_.Path("p/a.yaml"), fs::perms::none);
  EXPECT_TRUE(Told());
  fs::remove(folder_.Path("p/a.yaml"));
  EXPECT_TRUE(Told());
  fs::remove_all(folder_.Path("p"));
  EXPECT_TRUE(Told());
}

TEST_F(Watcher, ForgetsWhatItNoLongerWatches) {
  fs::create_directory(folder_.Path("p"));
  fs::create_directory(folder_.Path("q"));
  ASSERT_TRUE(Watch({{folder_.Path("p"), {true, {}}}}));
  ASSERT_TRUE(Watch({{folder_.Path("q"), {true, {}}}}));
  Told();
  folder_.Write("p/a.yaml", "1");
  EXPECT_FALSE(Told());
  folder_.Write("q/a.yaml", "1");
  EXPECT_TRUE(Told());
}

TEST_F(Watcher, AFolderThatHasGoneIsNoError) {
  EXPECT_TRUE(Watch({{folder_.Path("gone"), {true, {}}}})) << error_;
}

TEST(WatcherWithoutKernel, SaysSoAndNoMore) {
  asio::io_context io;
  const FileWatcher first(io, [] {});  // Asio has opened what it needs
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit none{0, limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  FileWatcher watcher(io, [] {});
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::string error;
  EXPECT_FALSE(watcher.Watch({}, error));
  EXPECT_EQ(error, "cannot watch files: Too many open files");
}

}  // namespace
}  // namespace tidewaiter
