// The exact answer to each way of framing a request wrongly, and to what is no mistake.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/server/peers.h"

namespace tidewaiter {
namespace {

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

}  // namespace
}  // namespace tidewaiter
