// The orderly end: whoever has sent a request gets its answer, and nobody can hold the end up.

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

constexpr const char* kSlowPolicy = R"(
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: slow}
spec: {check: testSleep, action: audit, severity: low}
)";

// What the clients of S-01 have seen together.
struct Seen {
  std::atomic<int> answers = 0;
  std::atomic<int> answers_while_draining = 0;
  std::atomic<int> without_close = 0;  // while draining
  std::atomic<int> lost = 0;           // fully sent, and no answer
  std::atomic<int> turned_away = 0;    // no connection, though it still had to be accepted
};

// Kept connections of one API server. A client closes one when it is told to, and opens another.
class ApiServer {
 public:
  ApiServer(const Webhook& webhook, std::string source, int connections, double per_second)
      : webhook_(webhook), source_(std::move(source)), interval_(1 / per_second) {
    for (int i = 0; i < connections; ++i) kept_.push_back(webhook.Connect(source_));
  }

  // Until a connection is refused, or for at most 20 s. `accepting` is unset a moment before the
  // webhook may stop to accept.
  void Run(const std::atomic<bool>& draining, const std::atomic<bool>& accepting, Seen& seen) {
    const Clock::time_point start = Clock::now();
    for (int i = 0; SecondsSince(start) < 20; ++i) {
      const double due = i * interval_ - SecondsSince(start);
      if (due > 0) std::this_thread::sleep_for(std::chrono::duration<double>(due));
      std::unique_ptr<Client>& client = kept_[static_cast<std::size_t>(i) % kept_.size()];
      if (!client) {
        const bool must_be_accepted = accepting;
        client = std::make_unique<Client>(webhook_.port(), source_);
        if (!client->StartTls(webhook_.tls())) {
          seen.turned_away += must_be_accepted;
          return;
        }
      }
      const bool was_draining = draining;
      if (!client->Send(PostBytes("/validate?timeout=10s", Review{}.ToJson()))) {
        ++seen.lost;
        return;
      }
      const auto response = client->ReadResponse();
      if (!response || response->status != 200 ||
          JsonAt(response->body, "/response/allowed") != "true") {
        ++seen.lost;
        return;
      }
      ++seen.answers;
      if (was_draining) {
        ++seen.answers_while_draining;
        seen.without_close += !response->closes();
      }
      if (response->closes()) client.reset();
    }
  }

 private:
  const Webhook& webhook_;
  const std::string source_;
  const double interval_;
  std::vector<std::unique_ptr<Client>> kept_;
};

TEST(Shutdown, S01_KeptConnectionsLoseNothing) {
  Webhook webhook({.flags = {"--shutdown-delay", "2"}});
  constexpr int kServers = 3;
  constexpr int kConnections = 25;  // as many as Go's client keeps
  constexpr double kPerSecond = 500.0 / kServers;
  Seen seen;
  std::atomic<bool> draining = false;
  std::atomic<bool> accepting = true;
  std::vector<std::unique_ptr<ApiServer>> servers;
  for (int i = 0; i < kServers; ++i) {
    servers.push_back(std::make_unique<ApiServer>(webhook, fmt::format("127.1.0.{}", 1 + i),
                                                  kConnections, kPerSecond));
  }
  std::vector<std::thread> threads;
  for (const auto& server : servers) {
    threads.emplace_back([&] { server->Run(draining, accepting, seen); });
  }
  std::this_thread::sleep_for(milliseconds(1000));
  webhook.process().Signal(SIGTERM);
  EXPECT_TRUE(webhook.process().WaitForText("shutting down", milliseconds(1000)));
  std::this_thread::sleep_for(milliseconds(50));
  draining = true;
  EXPECT_EQ(webhook.GetHealth("/readyz").status, 503);
  EXPECT_EQ(webhook.GetHealth("/livez").status, 200);
  std::this_thread::sleep_for(milliseconds(1800));
  accepting = false;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(webhook.process().WaitForExit(milliseconds(10'000)), 0);
  EXPECT_EQ(seen.lost, 0);
  EXPECT_EQ(seen.turned_away, 0);
  EXPECT_EQ(seen.without_close, 0);
  EXPECT_GT(seen.answers_while_draining, 100);
  EXPECT_EQ(webhook.LogLines().size(), static_cast<std::size_t>(seen.answers));
}

TEST(Shutdown, S02_QueuedRequestsAreAnswered) {
  Webhook webhook({.binary = TIDEWAITER_TESTING,
                   .flags = {"--threads", "1", "--shutdown-delay", "0"},
                   .policies = kSlowPolicy});
  const auto slow = webhook.Connect();
  const std::unique_ptr<Client> queued[] = {webhook.Connect(), webhook.Connect(),
                                            webhook.Connect()};
  slow->Send(PostBytes("/validate", Review{.object = ManyContainersJson(100)}.ToJson()));
  std::this_thread::sleep_for(milliseconds(200));  // now the only thread is busy for 1 s
  for (const auto& client : queued) {
    ASSERT_TRUE(client->Send(PostBytes("/validate", Review{}.ToJson())));
  }
  webhook.process().Signal(SIGTERM);
  const auto first = slow->ReadResponse();
  ASSERT_TRUE(first);
  EXPECT_EQ(JsonAt(first->body, "/response/allowed"), "true");
  for (const auto& client : queued) {
    const auto response = client->ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(JsonAt(response->body, "/response/allowed"), "true");
    EXPECT_TRUE(response->closes());
  }
  EXPECT_EQ(webhook.process().WaitForExit(milliseconds(10'000)), 0);
  EXPECT_EQ(webhook.LogLines().size(), 4u);
}

TEST(Shutdown, S03_DrippingPeersDoNotHoldTheEndUp) {
  constexpr int kPeers = 50;
  Webhook webhook({.flags = {"--shutdown-delay", "1"}});
  struct Peer {
    std::unique_ptr<Client> client;
    std::vector<std::string> pieces;
  };
  std::vector<Peer> peers;
  for (int i = 0; i < kPeers; ++i) {
    Peer peer;
    const std::string source = fmt::format("127.0.3.{}", 1 + i);
    if (i % 3 == 0) {  // a handshake
      peer.client = std::make_unique<Client>(webhook.port(), source);
      for (const char c : peer.client->ClientHello(webhook.tls())) peer.pieces.emplace_back(1, c);
    } else {  // a head, or a body just above the rate that is asked for
      peer.client = webhook.Connect(source);
      const std::string piece(i % 3 == 1 ? 1 : 8 << 10, 'G');
      if (i % 3 == 2) {
        peer.client->Send("POST /validate HTTP/1.1\r\nContent-Length: 7000000\r\n\r\n");
      }
      for (int j = 0; j < 200; ++j) peer.pieces.push_back(peer.client->Encrypt(piece));
    }
    peers.push_back(std::move(peer));
  }
  std::atomic<bool> stop = false;
  std::thread dripper([&] {
    for (std::size_t at = 0; !stop; ++at) {
      for (const Peer& peer : peers) {
        if (at < peer.pieces.size()) peer.client->SendRaw(peer.pieces[at], milliseconds(0));
      }
      std::this_thread::sleep_for(milliseconds(50));
    }
  });
  // In flight when the signal comes: all but the last byte has been sent.
  const auto honest = webhook.Connect();
  const std::string bytes = PostBytes("/validate", Review{}.ToJson());
  honest->Send(bytes.substr(0, bytes.size() - 1));
  const Clock::time_point start = Clock::now();
  webhook.process().Signal(SIGTERM);
  std::this_thread::sleep_for(milliseconds(500));
  honest->Send(bytes.substr(bytes.size() - 1));
  const auto response = honest->ReadResponse();
  EXPECT_TRUE(response && JsonAt(response->body, "/response/allowed") == "true");
  EXPECT_EQ(webhook.process().WaitForExit(milliseconds(30'000)), 0);
  EXPECT_GE(SecondsSince(start), 1);
  EXPECT_LE(SecondsSince(start), 26);
  stop = true;
  dripper.join();
}

TEST(Shutdown, TheDelayIsAlwaysWaitedFor) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Webhook webhook({.flags = {"--shutdown-delay", "1"}});
    const Clock::time_point start = Clock::now();
    webhook.process().Signal(signal);
    std::this_thread::sleep_for(milliseconds(500));
    EXPECT_EQ(webhook.Post("/validate", Review{}.ToJson()).status, 200);
    EXPECT_EQ(webhook.process().WaitForExit(milliseconds(10'000)), 0);
    EXPECT_GE(SecondsSince(start), 1);
    EXPECT_LE(SecondsSince(start), 3);
  }
}

TEST(Shutdown, SecondSignalEndsAtOnce) {
  for (const int second : {SIGTERM, SIGINT}) {
    Webhook webhook({.flags = {"--shutdown-delay", "20"}});
    webhook.process().Signal(SIGTERM);
    ASSERT_TRUE(webhook.process().WaitForText("shutting down", milliseconds(2000)));
    EXPECT_EQ(webhook.process().WaitForExit(milliseconds(200)), std::nullopt);
    webhook.process().Signal(second);
    EXPECT_EQ(webhook.process().WaitForExit(milliseconds(2000)), 130);
  }
}

}  // namespace
}  // namespace tidewaiter
