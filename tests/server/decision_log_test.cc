// An answer that a caller has seen has its line in the decision log, whatever happens next; and a
// log that takes nothing holds no answer up for long.

#include <fcntl.h>
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

// The uids of whole lines; any line that is none fails the test.
std::multiset<std::string> UidsOf(const std::vector<std::string>& lines) {
  std::multiset<std::string> uids;
  for (const std::string& line : lines) {
    EXPECT_EQ(JsonAt(line, "/schema"), "tidewaiter.io/decision/v1alpha1") << line;
    uids.insert(JsonAt(line, "/uid"));
  }
  return uids;
}

// Sends reviews on several connections at the same time, and gives the uids that were answered.
// Each connection ends after so many, or when it is ended.
std::set<std::string> AskOnConnections(const Webhook& webhook, int connections, int each,
                                       std::atomic<int>& answered) {
  std::mutex mutex;
  std::set<std::string> uids;
  // All of them are there before the first asks.
  std::vector<std::unique_ptr<Client>> clients;
  for (int c = 0; c < connections; ++c) clients.push_back(webhook.Connect());
  std::vector<std::thread> threads;
  for (int c = 0; c < connections; ++c) {
    threads.emplace_back([&, c, client = clients[static_cast<std::size_t>(c)].get()] {
      for (int i = 0; i < each; ++i) {
        const std::string uid = fmt::format("connection-{}-review-{}", c, i);
        const bool bad = i % 2 == 0;
        client->Send(PostBytes(
            "/validate",
            Review{.uid = uid, .object = bad ? PrivilegedPodJson() : PodJson()}.ToJson()));
        const auto response = client->ReadResponse();
        if (!response) return;
        EXPECT_EQ(JsonAt(response->body, "/response/uid"), uid);
        const std::lock_guard lock(mutex);
        uids.insert(uid);
        ++answered;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return uids;
}

void Ask(const Webhook& webhook, const std::string& uid) {
  const HttpResponse response = webhook.Post("/validate", Review{.uid = uid}.ToJson());
  EXPECT_EQ(JsonAt(response.body, "/response/uid"), uid);
}

TEST(DecisionLog, S05_AnswersSurviveKill) {
  constexpr int kReviews = 200;
  Webhook webhook;
  std::atomic<int> answered = 0;
  std::thread killer([&] {
    while (answered < kReviews) std::this_thread::sleep_for(milliseconds(1));
    webhook.process().Signal(SIGKILL);
  });
  // They go on asking while the process is killed.
  const std::set<std::string> seen = AskOnConnections(webhook, 4, 100'000, answered);
  killer.join();
  EXPECT_EQ(webhook.process().WaitForExit(milliseconds(5000)), 128 + SIGKILL);
  EXPECT_GE(seen.size(), static_cast<std::size_t>(kReviews));
  // The kernel may break the very last write off in the middle; nobody has seen its answer.
  std::string text = ReadWholeFile(webhook.log_file());
  text.resize(text.rfind('\n') + 1);
  const std::multiset<std::string> logged = UidsOf(Lines(text));
  for (const std::string& uid : seen) EXPECT_EQ(logged.count(uid), 1u) << uid;
  // Beyond those only the reviews in flight, one on each connection.
  EXPECT_LE(logged.size(), seen.size() + 4);
}

TEST(DecisionLog, HalfALineIsEndedAtTheNextStart) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/decisions.jsonl";
  const std::string half = R"({"schema":"tidewaiter.io/decision/v1alpha1","id":"01)";
  std::ofstream(file) << half;
  Webhook webhook({.log_file = file});
  Ask(webhook, "after");
  const std::vector<std::string> lines = webhook.LogLines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], half);
  EXPECT_EQ(UidsOf({lines[1]}), (std::multiset<std::string>{"after"}));
}

TEST(DecisionLog, ConcurrentWritersNeverTearALine) {
  constexpr int kConnections = 8;
  constexpr int kEach = 250;
  Webhook webhook({.flags = {"--threads", "4"}});
  std::atomic<int> answered = 0;
  const std::set<std::string> seen = AskOnConnections(webhook, kConnections, kEach, answered);
  EXPECT_EQ(answered, kConnections * kEach);
  const std::multiset<std::string> logged = UidsOf(webhook.LogLines());
  EXPECT_EQ(logged, std::multiset<std::string>(seen.begin(), seen.end()));
  EXPECT_EQ(webhook.Metric("tidewaiter_decision_log_written_total"), kConnections * kEach);
}

TEST(DecisionLog, HangupReopensAfterARename) {
  Webhook webhook;
  const std::string moved = webhook.log_file() + ".1";
  Ask(webhook, "before");
  std::filesystem::rename(webhook.log_file(), moved);
  Ask(webhook, "after the rename");
  EXPECT_FALSE(std::filesystem::exists(webhook.log_file()));
  webhook.process().Signal(SIGHUP);
  ASSERT_TRUE(webhook.process().WaitForText("reopened the decision log", milliseconds(5000)));
  Ask(webhook, "after the signal");
  EXPECT_EQ(UidsOf(Lines(ReadWholeFile(moved))),
            (std::multiset<std::string>{"before", "after the rename"}));
  EXPECT_EQ(UidsOf(webhook.LogLines()), (std::multiset<std::string>{"after the signal"}));
}

TEST(DecisionLog, HangupUnderLoadLosesNothing) {
  constexpr int kEach = 500;
  Webhook webhook;
  std::atomic<int> answered = 0;
  std::atomic<bool> done = false;
  int files = 0;
  std::thread rotator([&] {
    while (!done) {
      const std::string moved = fmt::format("{}.{}", webhook.log_file(), files);
      std::error_code error;
      std::filesystem::rename(webhook.log_file(), moved, error);
      files += error ? 0 : 1;
      webhook.process().Signal(SIGHUP);
      std::this_thread::sleep_for(milliseconds(20));
    }
  });
  const std::set<std::string> seen = AskOnConnections(webhook, 4, kEach, answered);
  done = true;
  rotator.join();
  EXPECT_EQ(answered, 4 * kEach);
  EXPECT_GE(files, 1);
  std::multiset<std::string> logged = UidsOf(webhook.LogLines());
  for (int i = 0; i < files; ++i) {
    logged.merge(UidsOf(Lines(ReadWholeFile(fmt::format("{}.{}", webhook.log_file(), i)))));
  }
  EXPECT_EQ(logged, std::multiset<std::string>(seen.begin(), seen.end()));
}

TEST(DecisionLog, HangupWithoutAFolderKeepsTheOldFile) {
  Webhook webhook;
  Ask(webhook, "before");
  const std::filesystem::path folder = std::filesystem::path(webhook.log_file()).parent_path();
  const std::string moved = folder.string() + ".moved";
  std::filesystem::rename(folder, moved);
  webhook.process().Signal(SIGHUP);
  EXPECT_TRUE(webhook.process().WaitForText("cannot open decision log", milliseconds(5000)));
  std::filesystem::rename(moved, folder);
  Ask(webhook, "after");
  EXPECT_EQ(UidsOf(webhook.LogLines()), (std::multiset<std::string>{"before", "after"}));
}

TEST(DecisionLog, UnreadPipeHoldsNoAnswerUp) {
  constexpr int kReviews = 60;
  Webhook webhook({.log_to_pipe = true});
  ::fcntl(webhook.process().standard_output(), F_SETPIPE_SZ, 4096);
  std::set<std::string> answered;
  const auto ask = [&](const std::string& uid) {
    const Clock::time_point start = Clock::now();
    Ask(webhook, uid);
    EXPECT_LT(SecondsSince(start), 1) << uid;
    answered.insert(uid);
  };
  for (int i = 0; i < kReviews; ++i) ask(fmt::format("unread-{}", i));
  const double dropped = webhook.Metric("tidewaiter_decision_log_dropped_total");
  EXPECT_GT(dropped, 0);
  // A warning, and no failure: admission goes on.
  const HttpResponse warned = webhook.GetHealth("/readyz?verbose");
  EXPECT_EQ(warned.status, 200);
  EXPECT_NE(warned.body.find("[-]decision-log warning"), std::string::npos) << warned.body;

  std::string text = webhook.process().ReadStandardOutput();
  for (int i = 0; i < 10; ++i) {
    ask(fmt::format("read-{}", i));
    text += webhook.process().ReadStandardOutput();
  }
  const HttpResponse ready = webhook.GetHealth("/readyz?verbose");
  EXPECT_NE(ready.body.find("[+]decision-log ok"), std::string::npos) << ready.body;
  EXPECT_EQ(webhook.Metric("tidewaiter_decision_log_dropped_total"), dropped)
      << "a line was dropped though the pipe was read";
  EXPECT_EQ(webhook.GetHealth("/livez").status, 200);

  EXPECT_TRUE(text.ends_with('\n'));
  const std::multiset<std::string> logged = UidsOf(Lines(text));
  EXPECT_EQ(static_cast<double>(answered.size()), static_cast<double>(logged.size()) + dropped);
  EXPECT_EQ(webhook.Metric("tidewaiter_decision_log_written_total"),
            static_cast<double>(logged.size()));
  for (const std::string& uid : logged) EXPECT_TRUE(answered.contains(uid)) << uid;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(logged.count(fmt::format("read-{}", i)), 1u);
}

// A slow reader sees whole lines only, though the pipe often takes but a part of one.
TEST(DecisionLog, SlowReaderSeesWholeLines) {
  constexpr int kConnections = 4;
  constexpr int kEach = 200;
  Webhook webhook({.flags = {"--shutdown-delay", "0"}, .log_to_pipe = true});
  ::fcntl(webhook.process().standard_output(), F_SETPIPE_SZ, 4096);
  std::atomic<int> answered = 0;
  std::atomic<bool> done = false;
  std::string text;
  std::thread reader([&] {
    char buffer[1000];
    while (!done) {
      const ssize_t n = ::read(webhook.process().standard_output(), buffer, sizeof buffer);
      if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  AskOnConnections(webhook, kConnections, kEach, answered);
  const double dropped = webhook.Metric("tidewaiter_decision_log_dropped_total");
  webhook.process().Signal(SIGTERM);
  EXPECT_EQ(webhook.process().WaitForExit(milliseconds(20'000)), 0);
  done = true;
  reader.join();
  text += webhook.process().ReadStandardOutput();
  EXPECT_EQ(answered, kConnections * kEach);
  EXPECT_TRUE(text.ends_with('\n')) << "the last line is torn";
  const std::multiset<std::string> logged = UidsOf(Lines(text));
  EXPECT_EQ(static_cast<double>(logged.size()) + dropped, kConnections * kEach);
}

// The other end of the pipe is gone: that is no reason to stop.
TEST(DecisionLog, BrokenPipeStopsNothing) {
  Webhook webhook({.log_to_pipe = true});
  const int fd = webhook.process().standard_output();
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup3(null, fd, O_CLOEXEC);  // closes the only reading end
  ::close(null);
  for (int i = 0; i < 5; ++i) Ask(webhook, fmt::format("broken-{}", i));
  EXPECT_EQ(webhook.Metric("tidewaiter_decision_log_dropped_total"), 5);
  EXPECT_EQ(webhook.GetHealth("/readyz").status, 200);
}

}  // namespace
}  // namespace tidewaiter
