// Any pod of the cluster may connect and send what it likes: the rows D, and the exact answer to
// each way of framing a request wrongly. Hostile peers have other addresses than honest ones.

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/resource.h>

#include <functional>
#include <future>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

constexpr milliseconds kEnds{2000};
constexpr const char* kHostile = "127.0.0.2";

// A deadline is met some tenths of a second late; a busy machine may take longer.
void ExpectAbout(std::optional<double> seconds, double wanted, const std::string& what) {
  ASSERT_TRUE(seconds) << what << " was never ended";
  EXPECT_GE(*seconds, wanted - 0.2) << what;
  EXPECT_LE(*seconds, wanted + 1.5) << what;
}

// Whether an honest caller is served, on a new connection.
void ExpectServes(const Webhook& webhook) {
  EXPECT_EQ(JsonAt(webhook.Post("/validate", Review{}.ToJson()).body, "/response/allowed"), "true");
  EXPECT_EQ(webhook.GetHealth("/livez").status, 200);
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

// A port of the webhook, for what must hold of both.
struct Door {
  const char* name;
  bool tls;
};
constexpr Door kDoors[] = {{"webhook", true}, {"health", false}};

std::unique_ptr<Client> Knock(const Webhook& webhook, const Door& door) {
  return door.tls ? webhook.Connect(kHostile)
                  : std::make_unique<Client>(webhook.health_port(), kHostile);
}

// Sends the bytes on a new connection and expects a refusal that ends it.
void ExpectRefusal(const Webhook& webhook, const Door& door, const std::string& bytes, int status) {
  const auto client = Knock(webhook, door);
  client->Send(bytes);
  const auto response = client->ReadResponse(kEnds);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, status) << response->body;
  EXPECT_TRUE(response->closes());
  EXPECT_EQ(response->Header("content-type"), "application/json");
  EXPECT_NE(JsonAt(response->body, "/error"), "<absent>") << response->body;
  EXPECT_NE(JsonAt(response->body, "/error"), "<not JSON>") << response->body;
  EXPECT_NE(client->WaitForEnd(kEnds), Ending::kNone);
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

std::string Head(const std::string& request_line, const std::string& headers = "") {
  return request_line + "\r\n" + headers + "\r\n";
}

std::string Post(const std::string& headers) { return Head("POST /validate HTTP/1.1", headers); }

struct FramingCase {
  std::string name;
  std::string bytes;
  int status;
};

void ExpectRefusals(const std::vector<FramingCase>& cases) {
  Webhook webhook;
  for (const FramingCase& one : cases) {
    SCOPED_TRACE(one.name);
    ExpectRefusal(webhook, kDoors[0], one.bytes, one.status);
  }
  ExpectServes(webhook);
}

TEST(Network, D07_LengthOverTheCap) {
  ExpectRefusals({
      {"one more", Post("Content-Length: 7340033\r\n"), 413},
      {"32 bits", Post("Content-Length: 4294967296\r\n"), 413},
      {"63 bits", Post("Content-Length: 9223372036854775807\r\n"), 413},
      {"19 digits", Post("Content-Length: 9999999999999999999\r\n"), 413},
      {"64 bits, 20 digits", Post("Content-Length: 18446744073709551615\r\n"), 400},
      {"21 digits", Post("Content-Length: 100000000000000000000\r\n"), 400},
      {"zeros in front, 20 digits", Post("Content-Length: 00000000000000000002\r\n"), 400},
      {"with bytes behind", Post("Content-Length: 999999999\r\n") + std::string(1 << 20, 'x'), 413},
  });
}

TEST(Network, D08_Chunked) {
  ExpectRefusals({
      {"chunked", Post("Transfer-Encoding: chunked\r\n") + "2\r\n{}\r\n0\r\n\r\n", 411},
      {"upper case", Post("TRANSFER-ENCODING: CHUNKED\r\n") + "0\r\n\r\n", 411},
      {"gzip, chunked", Post("Transfer-Encoding: gzip, chunked\r\n"), 411},
      {"identity", Post("Transfer-Encoding: identity\r\n"), 411},
      {"chunked PUT", Head("PUT /validate HTTP/1.1", "Transfer-Encoding: chunked\r\n"), 411},
      {"chunked and a length", Post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"), 400},
      {"a length and chunked", Post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), 400},
  });
}

TEST(Network, D09_NoLength) {
  ExpectRefusals({
      {"POST", Post(""), 411},
      {"POST with a body", Post("Content-Type: application/json\r\n") + "{}", 411},
      {"POST to another path", Head("POST /other HTTP/1.1"), 411},
  });
}

TEST(Network, D10_ContentEncoding) {
  ExpectRefusals({
      {"gzip", Post("Content-Encoding: gzip\r\nContent-Length: 2\r\n") + "{}", 415},
      {"br", Post("Content-Encoding: br\r\nContent-Length: 2\r\n") + "{}", 415},
      {"identity", Post("Content-Encoding: identity\r\nContent-Length: 2\r\n") + "{}", 415},
      {"lower case", Post("content-encoding:gzip\r\ncontent-length:2\r\n") + "{}", 415},
  });
}

std::string Headers(int count) {
  std::string headers;
  for (int i = 0; i < count; ++i) headers += fmt::format("X-{}: v\r\n", i);
  return headers;
}

TEST(Network, D11_ManyHeaders) {
  Webhook webhook;
  for (const Door& door : kDoors) {
    SCOPED_TRACE(door.name);
    for (const int count : {41, 100, 1000}) {
      ExpectRefusal(webhook, door, Head("GET /livez HTTP/1.1", Headers(count)), 431);
    }
    const auto client = Knock(webhook, door);
    client->Send(Head("GET /livez HTTP/1.1", Headers(40)));
    const auto response = client->ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, door.tls ? 404 : 200);
    EXPECT_FALSE(response->closes());
  }
  ExpectServes(webhook);
}

TEST(Network, D12_Expect) {
  ExpectRefusals({
      {"a small body", Post("Expect: 100-continue\r\nContent-Length: 2\r\n"), 417},
      {"before any size check", Post("Expect: 100-continue\r\nContent-Length: 999999999\r\n"), 417},
      {"without a length", Post("Expect: 100-continue\r\n"), 417},
      {"another expectation", Post("Expect: x\r\nContent-Length: 2\r\n") + "{}", 417},
  });
}

TEST(Network, Framing) {
  const auto with = [](const std::string& header) {
    return Post("Content-Length: 2\r\n" + header + "\r\n") + "{}";
  };
  const auto line = [](const std::string& request_line) {
    return Head(request_line, "Content-Length: 2\r\n") + "{}";
  };
  ExpectRefusals({
      {"doubled Content-Length", with("Content-Length: 2"), 400},
      {"doubled and different", with("Content-Length: 3"), 400},
      {"list in Content-Length", Post("Content-Length: 2, 2\r\n") + "{}", 400},
      {"plus sign", Post("Content-Length: +2\r\n") + "{}", 400},
      {"minus sign", Post("Content-Length: -2\r\n") + "{}", 400},
      {"hexadecimal", Post("Content-Length: 0x2\r\n") + "{}", 400},
      {"hexadecimal digits", Post("Content-Length: 1f\r\n"), 400},
      {"empty Content-Length", Post("Content-Length: \r\n"), 400},
      {"space in Content-Length", Post("Content-Length: 1 2\r\n"), 400},
      {"Range", with("Range: bytes=0-1"), 400},
      {"Upgrade", with("Upgrade: h2c"), 400},
      {"Trailer", with("Trailer: X-Sum"), 400},
      {"escape in a header", with("X-A: %41"), 400},
      {"control character in a header",
       with("X-A: a\x01"
            "b"),
       400},
      {"NUL in a header", with(std::string("X-A: a\0b", 8)), 400},
      {"DEL in a header", with("X-A: \x7f"), 400},
      {"carriage return in a header", with("X-A: a\rb"), 400},
      {"non-ASCII in a header", with("X-A: \xc3\xa9"), 400},
      {"non-ASCII in the path", line("POST /valid\xc3\xa9 HTTP/1.1"), 400},
      {"NUL in the request line", line(std::string("POST /\0 HTTP/1.1", 16)), 400},
      {"space before the colon", with("X-A : b"), 400},
      {"no colon", with("X-A"), 400},
      {"no header name", with(": b"), 400},
      {"folded header", with("X-A: b\r\n c"), 400},
      {"folded first header", Head("POST /validate HTTP/1.1", " X: a\r\nContent-Length: 2\r\n"),
       400},
      {"bare line feed in a header", Post("Content-Length: 2\nX-A: b\r\n") + "{}", 400},
      {"bare line feeds only", "POST /validate HTTP/1.1\nContent-Length: 2\n\n{}", 400},
      {"empty line first", "\r\n" + Post("Content-Length: 2\r\n") + "{}", 400},
      {"HTTP/0.9", "GET /validate\r\n\r\n", 400},
      {"HTTP/1.0", line("POST /validate HTTP/1.0"), 505},
      {"HTTP/2.0", line("POST /validate HTTP/2.0"), 505},
      {"HTTP/1.2", line("POST /validate HTTP/1.2"), 505},
      {"lower-case version", line("POST /validate http/1.1"), 400},
      {"two spaces", line("POST  /validate HTTP/1.1"), 400},
      {"space in the path", line("POST /vali date HTTP/1.1"), 400},
      {"absolute target", line("POST https://a/validate HTTP/1.1"), 400},
      {"asterisk target", Head("OPTIONS * HTTP/1.1"), 400},
      {"GET with a body", Head("GET /validate HTTP/1.1", "Content-Length: 2\r\n") + "{}", 400},
      {"garbage", "garbage\r\n\r\n", 400},
  });
}

// These are no mistakes of framing, so the connection lives on.
TEST(Network, FramingOfOtherPathsAndMethods) {
  Webhook webhook;
  const auto client = webhook.Connect();
  const std::string length = "Content-Length: 2\r\n";
  const FramingCase cases[] = {
      {"another path", Head("POST /other HTTP/1.1", length) + "{}", 404},
      {"another case", Head("POST /Validate HTTP/1.1", length) + "{}", 404},
      {"a slash more", Head("POST /validate/ HTTP/1.1", length) + "{}", 404},
      {"an escaped path", Head("POST /%76alidate HTTP/1.1", length) + "{}", 404},
      {"dots", Head("POST /x/../validate HTTP/1.1", length) + "{}", 404},
      {"no path", Head("GET / HTTP/1.1"), 404},
      {"probes are elsewhere", Head("GET /livez HTTP/1.1"), 404},
      {"GET", Head("GET /validate HTTP/1.1"), 405},
      {"GET with length 0", Head("GET /detect HTTP/1.1", "Content-Length: 0\r\n"), 405},
      {"PUT", Head("PUT /validate HTTP/1.1", length) + "{}", 405},
      {"DELETE", Head("DELETE /detect HTTP/1.1"), 405},
      {"an unknown method", Head("BREW /validate HTTP/1.1"), 405},
      {"a method in lower case", Head("post /validate HTTP/1.1", length) + "{}", 405},
  };
  for (const FramingCase& one : cases) {
    SCOPED_TRACE(one.name);
    ASSERT_TRUE(client->Send(one.bytes));
    const auto response = client->ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, one.status);
    EXPECT_FALSE(response->closes());
    EXPECT_EQ(response->Header("content-type"), "application/json");
  }
  // Nothing of the bodies was taken for a request.
  client->Send(PostBytes("/validate", Review{.uid = "after"}.ToJson()));
  const auto response = client->ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(JsonAt(response->body, "/response/uid"), "after");
}

// An answer to HEAD has no body (RFC 9110, 9.3.2): one would be taken for the next answer.
TEST(Network, FramingOfTheAnswerToHead) {
  Webhook webhook;
  for (const Door& door : kDoors) {
    SCOPED_TRACE(door.name);
    const auto client = Knock(webhook, door);
    client->Send(Head("HEAD /livez HTTP/1.1"));
    EXPECT_EQ(client->ReadHead(kEnds).status, door.tls ? 404 : 405);
    client->Send(Head("GET /livez HTTP/1.1"));
    const HttpResponse next = client->ReadHead(kEnds);
    EXPECT_EQ(next.status, door.tls ? 404 : 200) << "the body of the first answer came in between";
  }
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

TEST(Network, BodiesInFlightAreBounded) {
  constexpr std::size_t kSize = (7 << 20) - 100;  // nine of them fit into 64 MiB
  Webhook webhook;
  std::vector<std::unique_ptr<Client>> clients;
  const std::string bytes = PostBytes("/validate", ReviewOfSize(kSize));
  const std::string most = bytes.substr(0, bytes.size() - 1);
  for (int i = 0; i < 9; ++i) {
    clients.push_back(webhook.Connect(fmt::format("127.0.0.{}", 2 + i)));
    ASSERT_TRUE(clients.back()->Send(most)) << i;
  }
  const auto tenth = webhook.Connect("127.0.0.11");
  tenth->Send(bytes);
  const auto refused = tenth->ReadResponse();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->Header("retry-after"), "1");
  EXPECT_TRUE(refused->closes());
  // A small review still finds room, and those that were in time get their answers.
  ExpectServes(webhook);
  for (const auto& client : clients) {
    client->Send(bytes.substr(bytes.size() - 1));
    const auto response = client->ReadResponse();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(JsonAt(response->body, "/response/allowed"), "true");
  }
  // Room is given back once an answer has gone out, which its reader may see before us.
  EXPECT_TRUE(WaitUntil([&] { return webhook.Metric("tidewaiter_body_bytes_in_flight") == 0; }));
  tenth->WaitForEnd(kEnds);
  EXPECT_EQ(webhook.Post("/validate", ReviewOfSize(kSize)).status, 200);
}

// The connections of `clients` that the other side has ended by now.
std::size_t Ended(const std::vector<std::unique_ptr<Client>>& clients) {
  std::size_t ended = 0;
  for (const auto& client : clients) ended += client->WaitForEnd(milliseconds(0)) != Ending::kNone;
  return ended;
}

std::vector<std::unique_ptr<Client>> Prove(const Webhook& webhook, int count,
                                           const std::string& source) {
  std::vector<std::unique_ptr<Client>> proven;
  for (int i = 0; i < count; ++i) {
    proven.push_back(webhook.Connect(source));
    proven.back()->Send(PostBytes("/validate", Review{}.ToJson()));
    EXPECT_TRUE(proven.back()->ReadResponse());
  }
  return proven;
}

void ExpectServesOn(Client& client) {
  client.Send(PostBytes("/validate", Review{}.ToJson()));
  const auto response = client.ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(JsonAt(response->body, "/response/allowed"), "true");
}

TEST(Network, ConnectionsOfOneSourceAreBounded) {
  constexpr std::size_t kMost = 256;
  Webhook webhook;
  // These have sent a valid review, and so do not count.
  const auto proven = Prove(webhook, 5, kHostile);
  std::vector<std::unique_ptr<Client>> strangers;
  for (std::size_t i = 0; i < kMost; ++i) {
    strangers.push_back(std::make_unique<Client>(webhook.port(), kHostile));
  }
  Client one_more(webhook.port(), kHostile);
  EXPECT_NE(one_more.WaitForEnd(kEnds), Ending::kNone);
  EXPECT_EQ(Ended(strangers), 0u);
  EXPECT_EQ(webhook.Metric(R"(tidewaiter_refusals_total{reason="source_connections"})"), 1);
  for (const auto& client : proven) ExpectServesOn(*client);
  ExpectServes(webhook);
}

TEST(Network, NewConnectionsOfOneSourceAreBounded) {
  constexpr int kBurst = 500;
  constexpr double kRate = 200;
  Webhook webhook;
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < 2 * kBurst; ++i) Client(webhook.port(), kHostile);
  const double admitted_at_most = kBurst + kRate * (SecondsSince(start) + 1);
  ExpectServes(webhook);  // another source
  EXPECT_GE(webhook.Metric(R"(tidewaiter_refusals_total{reason="source_rate"})"),
            2 * kBurst - admitted_at_most);
}

TEST(Network, FullTableEvictsStrangers) {
  constexpr int kMost = 2048;
  constexpr int kSources = 10;
  constexpr int kEach = 225;
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < 4096) GTEST_SKIP() << "only " << limit.rlim_max << " descriptors";
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  Webhook webhook;
  const auto proven = Prove(webhook, 10, "127.0.0.1");
  std::vector<std::unique_ptr<Client>> strangers;
  for (int i = 0; i < kEach; ++i) {
    // Slower than the kernel's queue of new connections runs over, and well within their 3 s.
    if (i % 20 == 19) std::this_thread::sleep_for(milliseconds(10));
    for (int source = 0; source < kSources; ++source) {
      strangers.push_back(
          std::make_unique<Client>(webhook.port(), fmt::format("127.0.1.{}", source + 1)));
    }
  }
  // The oldest had to go, long before their deadline; new callers and proven ones are served.
  const double too_many = kSources * kEach + static_cast<double>(proven.size()) - kMost;
  EXPECT_NE(strangers.front()->WaitForEnd(kEnds), Ending::kNone);
  ExpectServes(webhook);
  for (const auto& client : proven) ExpectServesOn(*client);
  EXPECT_EQ(Ended(proven), 0u);
  EXPECT_GE(webhook.Metric(R"(tidewaiter_refusals_total{reason="evicted"})"), too_many);
  EXPECT_LE(webhook.Metric("tidewaiter_connections"), kMost);
}

}  // namespace
}  // namespace tidewaiter
