// The log by itself; what a server does with it is in tests/server/decision_log_test.cc.

#include "webhook/evidence/decision_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temporary_folder.h"

namespace tidewaiter {
namespace {

using Outcome = DecisionLog::Outcome;

std::string Read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::unique_ptr<DecisionLog> Open(const std::string& path) {
  std::string error;
  auto log = DecisionLog::Open(path, error);
  EXPECT_EQ(error, "");
  return log;
}

TEST(DecisionLogFile, AppendsWholeLines) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  for (const std::string line : {"one\n", "two\n"}) {
    const auto log = Open(path);
    ASSERT_TRUE(log);
    EXPECT_EQ(log->TryWrite(line), Outcome::kWritten);
    EXPECT_EQ(log->written(), 1U);
    EXPECT_EQ(log->dropped(), 0U);
    EXPECT_FALSE(log->failing());
  }
  EXPECT_EQ(Read(path), "one\ntwo\n");
  struct stat status;
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0137U, 0U) << "only the owner writes, only the group reads";
}

TEST(DecisionLogFile, HalfALineIsEndedFirst) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  std::ofstream(path) << "one\n{\"hal";
  const auto log = Open(path);
  ASSERT_TRUE(log);
  log->TryWrite("two\n");
  EXPECT_EQ(Read(path), "one\n{\"hal\ntwo\n");
}

TEST(DecisionLogFile, SaysWhatItCannotOpen) {
  const TemporaryFolder folder;
  std::string error;
  EXPECT_FALSE(DecisionLog::Open(folder.path(), error));
  EXPECT_EQ(error, "cannot open decision log " + folder.path() + ": Is a directory");
  EXPECT_FALSE(DecisionLog::Open(folder.path() + "/none/log", error));
  EXPECT_EQ(error,
            "cannot open decision log " + folder.path() + "/none/log: No such file or directory");
}

TEST(DecisionLogFile, ReopensAfterARename) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  const auto log = Open(path);
  ASSERT_TRUE(log);
  log->TryWrite("one\n");
  std::filesystem::rename(path, path + ".1");
  log->TryWrite("two\n");
  std::string error;
  EXPECT_TRUE(log->Reopen(error));
  log->TryWrite("three\n");
  EXPECT_EQ(Read(path + ".1"), "one\ntwo\n");
  EXPECT_EQ(Read(path), "three\n");
  EXPECT_EQ(log->written(), 3U);
}

TEST(DecisionLogFile, KeepsTheOldOneIfItCannotReopen) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() + "/logs");
  const std::string path = folder.path() + "/logs/log";
  const auto log = Open(path);
  ASSERT_TRUE(log);
  std::filesystem::rename(folder.path() + "/logs", folder.path() + "/old");
  std::string error;
  EXPECT_FALSE(log->Reopen(error));
  EXPECT_EQ(error, "cannot open decision log " + path + ": No such file or directory");
  EXPECT_EQ(log->TryWrite("one\n"), Outcome::kWritten);
  EXPECT_EQ(Read(folder.path() + "/old/log"), "one\n");
}

TEST(DecisionLogFile, AFullDiskIsCountedUntilThereIsRoomAgain) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  std::filesystem::create_symlink("/dev/full", path);
  const auto log = Open(path);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->TryWrite("one\n"), Outcome::kDropped);
  EXPECT_EQ(log->TryWrite("two\n"), Outcome::kDropped);
  EXPECT_EQ(log->dropped(), 2U);
  EXPECT_TRUE(log->failing());
  std::filesystem::remove(path);
  std::string error;
  EXPECT_TRUE(log->Reopen(error));
  EXPECT_EQ(log->TryWrite("three\n"), Outcome::kWritten);
  EXPECT_FALSE(log->failing());
  EXPECT_EQ(log->written() + log->dropped(), 3U);
  EXPECT_EQ(Read(path), "three\n");
}

// A named pipe, both ends in the test's hands.
class DecisionLogPipe : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    log_ = Open(path_);
    ASSERT_TRUE(log_);
    reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(reader_, 0);
  }
  void TearDown() override { ::close(reader_); }

  std::string ReadSome() const {
    std::array<char, 1 << 20> buffer;
    const ssize_t n = ::read(reader_, buffer.data(), buffer.size());
    return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string();
  }
  // Writes until there is no room; returns what went in.
  std::string Fill() {
    std::string all;
    for (int i = 0; i < 100'000; ++i) {
      const std::string line = std::to_string(i) + std::string(5000, 'x') + "\n";
      if (log_->TryWrite(line) != Outcome::kWritten) return all;
      all += line;
    }
    ADD_FAILURE() << "the pipe is never full";
    return all;
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/pipe";
  std::unique_ptr<DecisionLog> log_;
  int reader_ = -1;
};

TEST_F(DecisionLogPipe, AFullOneAsksToWaitAndThenDropsAtOnce) {
  std::string want = Fill();
  EXPECT_EQ(log_->TryWrite("late\n"), Outcome::kFull);
  EXPECT_EQ(log_->dropped(), 0U);
  EXPECT_FALSE(log_->failing());
  log_->Drop();
  EXPECT_EQ(log_->dropped(), 1U);
  EXPECT_TRUE(log_->failing());
  EXPECT_EQ(log_->TryWrite("later\n"), Outcome::kDropped);
  EXPECT_EQ(log_->dropped(), 2U);
  // Once it is read again, lines are whole: the one that went in half is finished first.
  std::string got = ReadSome();
  EXPECT_EQ(log_->TryWrite("after\n"), Outcome::kWritten);
  EXPECT_FALSE(log_->failing());
  for (std::string more; !(more = ReadSome()).empty();) got += more;
  EXPECT_EQ(got, want + "after\n");
}

TEST_F(DecisionLogPipe, FlushFinishesALineThatWentInHalf) {
  const std::string want = Fill();
  log_->Flush(0);
  std::string got = ReadSome();
  log_->Flush(100);
  for (std::string more; !(more = ReadSome()).empty();) got += more;
  EXPECT_EQ(got, want);
}

TEST_F(DecisionLogPipe, FlushWaitsNoLongerThanItMay) {
  Fill();
  const auto start = std::chrono::steady_clock::now();
  log_->Flush(50);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace tidewaiter
