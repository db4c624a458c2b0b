// Connections that do nothing, or next to nothing, must not delay an honest caller.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

constexpr int kReviews = 20;
constexpr double kMostSeconds = 0.1;

// Connections from several addresses, since each may have 256 strangers. A third is silent, a third
// drips a handshake; the rest drips a head through TLS, which costs most to open.
class Flood {
 public:
  Flood(const Webhook& webhook, int connections) {
    constexpr int kEachSource = 200;
    constexpr int kMostTls = 100;
    const std::string hello = Client(webhook.port(), "127.0.2.1").ClientHello(webhook.tls());
    for (int i = 0; i < connections; ++i) {
      const std::string source = fmt::format("127.0.2.{}", 1 + i / kEachSource);
      Peer peer{std::make_unique<Client>(webhook.port(), source), ""};
      const int kind = i % 3;
      if (kind == 2 && i / 3 < kMostTls) {
        EXPECT_TRUE(peer.client->StartTls(webhook.tls()));
        for (int j = 0; j < 100; ++j) peer.bytes += peer.client->Encrypt("G");
      } else if (kind != 0) {
        peer.bytes = hello;
      }
      peers_.push_back(std::move(peer));
    }
    dripper_ = std::thread([this] { Drip(); });
  }
  ~Flood() {
    stop_ = true;
    dripper_.join();
  }

 private:
  struct Peer {
    std::unique_ptr<Client> client;
    std::string bytes;
  };

  // One byte of each about every 50 ms.
  void Drip() {
    for (std::size_t at = 0; !stop_; ++at) {
      for (const Peer& peer : peers_) {
        if (at < peer.bytes.size()) peer.client->SendRaw(peer.bytes.substr(at, 1));
      }
      std::this_thread::sleep_for(milliseconds(50));
    }
  }

  std::vector<Peer> peers_;
  std::atomic<bool> stop_ = false;
  std::thread dripper_;
};

struct Delays {
  double median = 0;
  double longest = 0;
  double open = 0;  // connections of all, at the end
};

// The time of reviews on one kept connection and, each second one, on a new one, while the flood
// goes on. Its connections are ended after 3 s, so the measurement must be over by then.
Delays Measure(int connections) {
  Webhook webhook;
  const auto kept = webhook.Connect();
  Flood flood(webhook, connections);
  std::vector<double> seconds;
  for (int i = 0; i < kReviews; ++i) {
    const Clock::time_point start = Clock::now();
    std::unique_ptr<Client> fresh;
    if (i % 2 == 1) fresh = webhook.Connect();
    Client& client = fresh ? *fresh : *kept;
    client.Send(PostBytes("/validate", Review{}.ToJson()));
    const auto response = client.ReadResponse();
    seconds.push_back(SecondsSince(start));
    EXPECT_TRUE(response && response->status == 200);
  }
  std::sort(seconds.begin(), seconds.end());
  return {seconds[kReviews / 2], seconds.back(), webhook.Metric("tidewaiter_connections")};
}

// How much longer reviews take than without a flood, a moment before.
void ExpectNoDelay(int connections) {
  constexpr int kTries = 3;  // the machine may be busy with something else
  for (int left = kTries; left > 0; --left) {
    const Delays quiet = Measure(0);
    const Delays delays = Measure(connections);
    const bool holds = delays.open >= connections && delays.longest - quiet.longest < kMostSeconds;
    if (!holds && left > 1) continue;
    EXPECT_GE(delays.open, connections);
    EXPECT_LT(delays.median - quiet.median, kMostSeconds);
    EXPECT_LT(delays.longest - quiet.longest, kMostSeconds);
    return;
  }
}

TEST(IdleFlood, SixtyFourConnections) { ExpectNoDelay(64); }

TEST(IdleFlood, ThousandConnections) { ExpectNoDelay(1000); }

}  // namespace
}  // namespace tidewaiter
