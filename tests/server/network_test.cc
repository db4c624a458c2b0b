// Any pod of the cluster may connect and send what it likes: the rows D. Hostile peers have other
// addresses than honest ones.

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <functional>
#include <future>

#include "tests/server/peers.h"

namespace tidewaiter {
namespace {

// A deadline is met some tenths of a second late; a busy machine may take longer.
void ExpectAbout(std::optional<double> seconds, double wanted, const std::string& what) {
  ASSERT_TRUE(seconds) << what << " was never ended";
  EXPECT_GE(*seconds, wanted - 0.2) << what;
  EXPECT_LE(*seconds, wanted + 1.5) << what;
}

std::vector<std::string> Bytes(std::string_view text) {
  std::vector<std::string> bytes;
  for (const char c : text) bytes.emplace_back(1, c);
  return bytes;
}

// Each byte in a TLS record of its own, if there is TLS.
std::vector<std::string> Records(Client& client, bool tls, std::string_view text) {
  std::vector<std::string> records = Bytes(text);
  if (!tls) return records;
  for (std::string& record : records) record = client.Encrypt(record);
  return records;
}

using Attack = std::function<std::optional<double>()>;

// Runs the attacks at the same time; each gives the seconds until it was ended.
void ExpectEnds(const std::vector<std::tuple<std::string, double, Attack>>& attacks) {
  std::vector<std::future<std::optional<double>>> running;
  for (const auto& [what, wanted, attack] : attacks) {
    running.push_back(std::async(std::launch::async, attack));
  }
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    ExpectAbout(running[i].get(), std::get<1>(attacks[i]), std::get<0>(attacks[i]));
  }
}

constexpr milliseconds kLongest{12'000};

TEST(Network, D01_IdleConnections) {
  Webhook webhook;
  const auto idle = [](int port) {
    return [port] {
      Client client(port, kHostile);
      return DripUntilEnd(client, {}, Clock::now(), kLongest);
    };
  };
  ExpectEnds({{"a socket on the TLS port", 3, idle(webhook.port())},
              {"a socket on the health port", 5, idle(webhook.health_port())}});
  ExpectServes(webhook);
}

TEST(Network, D02_HandshakeDrip) {
  Webhook webhook;
  ExpectEnds(
      {{"a ClientHello", 3,
        [&] {
          Client client(webhook.port(), kHostile);
          const Clock::time_point start = Clock::now();
          return DripUntilEnd(client, Bytes(client.ClientHello(webhook.tls())), start, kLongest);
        }},
       {"a late ClientHello", 3, [&] {
          Client client(webhook.port(), kHostile);
          const Clock::time_point start = Clock::now();
          client.WaitForEnd(milliseconds(2000));
          return DripUntilEnd(client, Bytes(client.ClientHello(webhook.tls())), start, kLongest);
        }}});
  ExpectServes(webhook);
}

TEST(Network, D03_IdleAfterTheHandshake) {
  Webhook webhook;
  const auto honest = webhook.Connect();
  honest->Send(PostBytes("/validate", Review{}.ToJson()));
  EXPECT_TRUE(honest->ReadResponse());
  ExpectEnds({{"a stranger", 5,
               [&] {
                 const auto client = webhook.Connect(kHostile);
                 return DripUntilEnd(*client, {}, Clock::now(), kLongest);
               }},
              {"one who sent no valid review", 5,
               [&] {
                 const auto client = webhook.Connect(kHostile);
                 client->Send(PostBytes("/validate", "{}"));
                 EXPECT_TRUE(client->ReadResponse());
                 return DripUntilEnd(*client, {}, Clock::now(), kLongest);
               }},
              {"one who asks for a path that is not there", 5, [&] {
                 const auto client = webhook.Connect(kHostile);
                 client->Send(GetBytes("/"));
                 EXPECT_TRUE(client->ReadResponse());
                 return DripUntilEnd(*client, {}, Clock::now(), kLongest);
               }}});
  // A caller that has sent a valid review may be silent for longer.
  EXPECT_EQ(honest->WaitForEnd(milliseconds(2000)), Ending::kNone);
  honest->Send(PostBytes("/validate", Review{}.ToJson()));
  const auto response = honest->ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
}

TEST(Network, D04_DripInsideARecord) {
  Webhook webhook;
  ExpectEnds({{"the record of a head", 5,
               [&] {
                 const auto client = webhook.Connect(kHostile);
                 const Clock::time_point start = Clock::now();
                 const std::string record = client->Encrypt(std::string(4096, 'A'));
                 return DripUntilEnd(*client, Bytes(record), start, kLongest);
               }},
              {"the record of a body", 1, [&] {
                 const auto client = webhook.Connect(kHostile);
                 const std::string bytes = PostBytes("/validate", ReviewOfSize(8192));
                 const std::size_t head = bytes.find("\r\n\r\n") + 4;
                 client->Send(bytes.substr(0, head));
                 const Clock::time_point start = Clock::now();
                 return DripUntilEnd(*client, Bytes(client->Encrypt(bytes.substr(head))), start,
                                     kLongest);
               }}});
  ExpectServes(webhook);
}

TEST(Network, D05_HeadDrip) {
  Webhook webhook;
  const std::string head = "GET /livez HTTP/1.1\r\nX-Slow: " + std::string(400, 'a');
  ExpectEnds({{"a head through TLS", 3,
               [&] {
                 const auto client = webhook.Connect(kHostile);
                 const Clock::time_point start = Clock::now();
                 return DripUntilEnd(*client, Records(*client, true, head), start, kLongest);
               }},
              {"a second head", 3,
               [&] {
                 const auto client = webhook.Connect(kHostile);
                 client->Send(PostBytes("/validate", Review{}.ToJson()));
                 EXPECT_TRUE(client->ReadResponse());
                 const Clock::time_point start = Clock::now();
                 return DripUntilEnd(*client, Records(*client, true, head), start, kLongest);
               }},
              {"a head on the health port", 3, [&] {
                 Client client(webhook.health_port(), kHostile);
                 const Clock::time_point start = Clock::now();
                 return DripUntilEnd(client, Bytes(head), start, kLongest);
               }}});
  ExpectServes(webhook);
}

TEST(Network, D05_EndlessLine) {
  Webhook webhook;
  for (const Door& door : kDoors) {
    SCOPED_TRACE(door.name);
    const std::string start = "GET /livez HTTP/1.1\r\nX-Long: ";
    ExpectRefusal(webhook, door, start + std::string(8192, 'a'), 431);
    ExpectRefusal(webhook, door, start + std::string(4 << 20, 'a'), 431);
    ExpectRefusal(webhook, door, std::string(8192, 'a'), 431);
    // The longest head that is read: 8 KiB with the empty line.
    const auto client = Knock(webhook, door);
    const std::string longest = start + std::string(8192 - start.size() - 4, 'a') + "\r\n\r\n";
    ASSERT_EQ(longest.size(), 8192u);
    client->Send(longest);
    const auto response = client->ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, door.tls ? 404 : 200);
  }
  ExpectServes(webhook);
}

TEST(Network, D06_BodyDrip) {
  Webhook webhook;
  const auto head = [](std::size_t length) {
    return fmt::format("POST /validate HTTP/1.1\r\nContent-Length: {}\r\n\r\n", length);
  };
  ExpectEnds({{"below the rate", 1,
               [&] {
                 const auto client = webhook.Connect(kHostile);
                 client->Send(head(1000));
                 const Clock::time_point start = Clock::now();
                 return DripUntilEnd(*client, Records(*client, true, std::string(900, ' ')), start,
                                     kLongest);
               }},
              {"nothing at all", 1,
               [&] {
                 const auto client = webhook.Connect(kHostile);
                 client->Send(head(1000));
                 return DripUntilEnd(*client, {}, Clock::now(), kLongest);
               }},
              {"fast at first", 4,
               [&] {
                 const auto client = webhook.Connect(kHostile);
                 client->Send(head(7 << 20));
                 const Clock::time_point start = Clock::now();
                 client->Send(std::string(200 << 10, ' '));
                 return DripUntilEnd(*client, {}, start, kLongest);
               }},
              {"above the rate, but for too long", 5, [&] {
                 const auto client = webhook.Connect(kHostile);
                 client->Send(head(7 << 20));
                 const Clock::time_point start = Clock::now();
                 std::vector<std::string> pieces;
                 for (int i = 0; i < 300; ++i) {
                   pieces.push_back(client->Encrypt(std::string(20 << 10, ' ')));
                 }
                 return DripUntilEnd(*client, pieces, start, kLongest);
               }}});
  ExpectServes(webhook);
}

TEST(Network, D13_Pipelining) {
  Webhook webhook;
  std::string three;
  for (const std::string uid : {"one", "two", "three"}) {
    three += PostBytes("/validate", Review{.uid = uid}.ToJson());
  }
  for (const std::size_t piece : {three.size(), std::size_t{1}, std::size_t{700}}) {
    SCOPED_TRACE(piece);
    const auto client = webhook.Connect();
    std::string records;
    for (std::size_t i = 0; i < three.size(); i += piece) {
      records += client->Encrypt(three.substr(i, piece));
    }
    ASSERT_TRUE(client->SendRaw(records));
    for (const std::string uid : {"one", "two", "three"}) {
      const auto response = client->ReadResponse();
      ASSERT_TRUE(response) << uid;
      EXPECT_EQ(response->status, 200);
      EXPECT_EQ(JsonAt(response->body, "/response/uid"), uid);
    }
  }
  EXPECT_EQ(webhook.LogLines().size(), 9u);
}

TEST(Network, D14_NoRenegotiationAndNoOldTls) {
  Webhook webhook;
  TlsOptions options = webhook.tls();
  options.max_version = TLS1_2_VERSION;
  Client client(webhook.port(), kHostile);
  ASSERT_TRUE(client.StartTls(options));
  client.Send(PostBytes("/validate", Review{}.ToJson()));
  ASSERT_TRUE(client.ReadResponse());
  EXPECT_FALSE(client.Renegotiate());
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    options.max_version = version;
    EXPECT_FALSE(Client(webhook.port(), kHostile).StartTls(options)) << version;
  }
  ExpectServes(webhook);
}

TEST(Network, D18_GarbageOnTheTlsPort) {
  Webhook webhook;
  Client silent(webhook.port(), kHostile);
  std::string half_hello = silent.ClientHello(webhook.tls());
  half_hello.resize(half_hello.size() / 2);
  const std::string cases[] = {
      GetBytes("/validate"),
      PostBytes("/validate", Review{}.ToJson()),
      std::string(1000, '\0'),
      std::string(1000, '\xff'),
      std::string(64 << 10, 'A'),
      "\x80\x2e\x01\x03\x01" + std::string(43, '\x05'),     // SSL 2
      "\x16\x03\x01\x40\x01" + std::string(16385, '\x01'),  // a record that is too long
      half_hello + std::string(1000, '\0'),
  };
  double refused = 0;
  for (const std::string& bytes : cases) {
    SCOPED_TRACE(bytes.substr(0, 16));
    Client client(webhook.port(), kHostile);
    client.SendRaw(bytes);
    EXPECT_NE(client.WaitForEnd(kEnds), Ending::kNone);
    ++refused;
  }
  EXPECT_EQ(webhook.Metric(R"(tidewaiter_refusals_total{reason="handshake_failed"})"), refused);
  ExpectServes(webhook);
}

TEST(Network, D22_AnswersAreNotCompressed) {
  Webhook webhook;
  const auto client = webhook.Connect();
  const std::string review = Review{}.ToJson();
  for (const std::string encodings : {"gzip", "br", "deflate, gzip;q=1.0, *;q=0.5"}) {
    client->Send(
        fmt::format("POST /validate HTTP/1.1\r\nAccept-Encoding: {}\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    encodings, review.size(), review));
    const auto response = client->ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->Header("content-encoding"), "");
    EXPECT_EQ(JsonAt(response->body, "/response/allowed"), "true");
  }
}

}  // namespace
}  // namespace tidewaiter
