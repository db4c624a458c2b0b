// Heads, good and bad, byte by byte (RFC 9112). The rows D that need a connection are in
// tests/server.

#include "webhook/server/http_head.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tidewaiter {
namespace {

using std::string_literals::operator""s;

const Limits kLimits;

// "method path?query length [close]" of a head that is read, "status reason" of one that is not.
std::string Read(const std::string& head, const Limits& limits = kLimits) {
  const auto parsed = ParseHttpHead(head, limits);
  if (const auto* const refusal = std::get_if<HttpRefusal>(&parsed)) {
    return fmt::format("{} {}", refusal->status, refusal->reason);
  }
  const HttpHead& good = std::get<HttpHead>(parsed);
  return fmt::format("{} {}?{} {}{}", good.method, good.path, good.query, good.content_length,
                     good.close ? " close" : "");
}

std::string Post(const std::string& headers) {
  return "POST /validate HTTP/1.1\r\n" + headers + "\r\n";
}

struct Case {
  std::string head;
  std::string want;
};

void Expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(Read(c.head), c.want) << c.head;
}

TEST(HttpHead, RequestLines) {
  const auto line = [](const std::string& text) { return text + "\r\n\r\n"; };
  const std::string malformed = "400 malformed request line";
  Expect({
      {line("GET /livez HTTP/1.1"), "GET /livez? 0"},
      {line("GET /readyz?verbose HTTP/1.1"), "GET /readyz?verbose 0"},
      {line("GET /a?b?c HTTP/1.1"), "GET /a?b?c 0"},
      {line("GET /? HTTP/1.1"), "GET /? 0"},
      {line("BREW / HTTP/1.1"), "BREW /? 0"},
      {line("GET /%41 HTTP/1.1"), "GET /%41? 0"},
      {line("GET / HTTP/1.0"), "505 unsupported HTTP version"},
      {line("GET / HTTP/2"), "505 unsupported HTTP version"},
      {line("GET / HTTP/1.10"), "505 unsupported HTTP version"},
      {line("GET / http/1.1"), malformed},
      {line("GET / HTTP/1.1 "), malformed},
      {line(" GET / HTTP/1.1"), malformed},
      {line("GET  / HTTP/1.1"), malformed},
      {line("GET / x HTTP/1.1"), malformed},
      {line("GET HTTP/1.1"), malformed},
      {line("GET /"), malformed},
      {line("GET"), malformed},
      {line(""), malformed},
      {line("GET * HTTP/1.1"), malformed},
      {line("GET http://a/ HTTP/1.1"), malformed},
      {line("G(T / HTTP/1.1"), malformed},
      {line("GET\t/\tHTTP/1.1"), "400 control or non-ASCII character"},
      {line("GET /\x7f HTTP/1.1"), "400 control or non-ASCII character"},
      {line("GET /\xc3\xa9 HTTP/1.1"), "400 control or non-ASCII character"},
      {line("GET /\0 HTTP/1.1"s), "400 control or non-ASCII character"},
  });
}

TEST(HttpHead, Headers) {
  const std::string length = "Content-Length: 2\r\n";
  Expect({
      {Post(length), "POST /validate? 2"},
      {Post("content-length:2\r\n"), "POST /validate? 2"},
      {Post("CONTENT-LENGTH: \t 2 \t\r\n"), "POST /validate? 2"},
      {Post(length + "Connection: close\r\n"), "POST /validate? 2 close"},
      {Post(length + "Connection: Keep-Alive , CLOSE\r\n"), "POST /validate? 2 close"},
      {Post(length + "Connection: close\r\nConnection: keep-alive\r\n"), "POST /validate? 2 close"},
      {Post(length + "Connection: closed\r\n"), "POST /validate? 2"},
      {Post(length + "Connection: ,,\r\n"), "POST /validate? 2"},
      {Post(length + "X-A:\r\n"), "POST /validate? 2"},
      {Post(length + "X-A: a:b\tc\r\n"), "POST /validate? 2"},
      {Post(length + "X-A\r\n"), "400 malformed header"},
      {Post(length + "X-A : b\r\n"), "400 malformed header"},
      {Post(length + ": b\r\n"), "400 malformed header"},
      {Post(length + "X A: b\r\n"), "400 malformed header"},
      {Post(length + "X-A: b\r\n c\r\n"), "400 folded header"},
      {Post("\tX-A: b\r\n" + length), "400 folded header"},
      {Post(length + "X-A: 100%\r\n"), "400 escape in a header"},
      {Post(length + "X-A: a\rb\r\n"), "400 control or non-ASCII character"},
      {Post(length + "X-A: a\0b\r\n"s), "400 control or non-ASCII character"},
      {Post(length + "X-A: \x80\r\n"), "400 control or non-ASCII character"},
      {Post(length + "Range: bytes=0-1\r\n"), "400 header that is not served"},
      {Post(length + "upgrade: h2c\r\n"), "400 header that is not served"},
      {Post(length + "Trailer: X\r\n"), "400 header that is not served"},
  });
}

TEST(HttpHead, WhatIsHandedOn) {
  const std::string head = Post(
      "Content-Length: 2\r\nContent-Type: application/json\r\nUser-Agent: "
      "kube-apiserver-admission\r\n"
      "Traceparent: 00-a-b-01\r\nX-Forwarded-For: 10.0.0.1\r\n");
  const auto parsed = ParseHttpHead(head, kLimits);
  ASSERT_TRUE(std::holds_alternative<HttpHead>(parsed));
  EXPECT_EQ(std::get<HttpHead>(parsed).content_type, "application/json");
  EXPECT_EQ(std::get<HttpHead>(parsed).user_agent, "kube-apiserver-admission");
  EXPECT_EQ(std::get<HttpHead>(parsed).traceparent, "00-a-b-01");
}

TEST(HttpHead, D07_D08_D09_D10_D12_Framing) {
  const std::string bad_length = "400 malformed Content-Length";
  Expect({
      {Post(""), "411 no Content-Length"},
      {Post("Content-Length: 0\r\n"), "POST /validate? 0"},
      {Post("Content-Length: 007\r\n"), "POST /validate? 7"},
      {Post("Content-Length: 7340032\r\n"), "POST /validate? 7340032"},
      {Post("Content-Length: 7340033\r\n"), "413 body too large"},
      {Post("Content-Length: 9999999999999999999\r\n"), "413 body too large"},
      {Post("Content-Length: 10000000000000000000\r\n"), bad_length},
      {Post("Content-Length: 18446744073709551618\r\n"), bad_length},
      {Post("Content-Length: +2\r\n"), bad_length},
      {Post("Content-Length: -2\r\n"), bad_length},
      {Post("Content-Length: 2.0\r\n"), bad_length},
      {Post("Content-Length: 0x2\r\n"), bad_length},
      {Post("Content-Length: 2,2\r\n"), bad_length},
      {Post("Content-Length: 2 2\r\n"), bad_length},
      {Post("Content-Length:\r\n"), bad_length},
      {Post("Content-Length: 2\r\nContent-Length: 2\r\n"), "400 doubled Content-Length"},
      {Post("Transfer-Encoding: chunked\r\n"), "411 Transfer-Encoding is not served"},
      {Post("Transfer-Encoding: identity\r\n"), "411 Transfer-Encoding is not served"},
      {Post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"),
       "400 both Transfer-Encoding and Content-Length"},
      {Post("Content-Length: 2\r\nContent-Encoding: gzip\r\n"),
       "415 Content-Encoding is not served"},
      {Post("Expect: 100-continue\r\nContent-Length: 999999999\r\n"), "417 Expect is not served"},
      {Post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n"), "417 Expect is not served"},
      {Post("Expect: 100-continue\r\nContent-Length: x\r\n"), bad_length},
      {"GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "GET /? 0"},
      {"GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\n", "400 GET with a body"},
      {"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
       "411 Transfer-Encoding is not served"},
      {"DELETE / HTTP/1.1\r\n\r\n", "DELETE /? 0"},
      {"PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\n", "PUT /? 3"},
  });
}

TEST(HttpHead, D11_NumberOfHeaders) {
  const auto headers = [](int count) {
    std::string text = "Content-Length: 2\r\n";
    for (int i = 1; i < count; ++i) text += fmt::format("X-{}: v\r\n", i);
    return Post(text);
  };
  EXPECT_EQ(Read(headers(40)), "POST /validate? 2");
  EXPECT_EQ(Read(headers(41)), "431 too many headers");
}

// "n" for a head of n bytes, "more" if it is not complete, "status reason" of a refusal.
std::string End(const std::string& buffer, const Limits& limits = kLimits) {
  const auto found = FindHeadEnd(buffer, limits);
  if (const auto* const refusal = std::get_if<HttpRefusal>(&found)) {
    return fmt::format("{} {}", refusal->status, refusal->reason);
  }
  const std::size_t size = std::get<std::size_t>(found);
  return size == 0 ? "more" : std::to_string(size);
}

TEST(HttpHead, FindHeadEnd) {
  const std::string head = "GET / HTTP/1.1\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    EXPECT_EQ(End(head.substr(0, size)), "more") << size;
  }
  const std::string whole = std::to_string(head.size());
  EXPECT_EQ(End(head), whole);
  EXPECT_EQ(End(head + "body\n\r\n\r\n"), whole);
  EXPECT_EQ(End(head + head), whole);
  EXPECT_EQ(End("\r\n" + head), "400 malformed request line");
  EXPECT_EQ(End("GET / HTTP/1.1\n"), "400 bare line feed");
  EXPECT_EQ(End("\n"), "400 bare line feed");
  EXPECT_EQ(End("GET / HTTP/1.1\r\n\nA: b\r\n\r\n"), "400 bare line feed");
  EXPECT_EQ(End("GET / HTTP/1.1\r\nA: b\n\r\n"), "400 bare line feed");
}

TEST(HttpHead, D05_SizeOfTheHead) {
  const auto head = [](std::size_t size) {
    const std::string start = "GET / HTTP/1.1\r\nA: ";
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(End(head(8192)), "8192");
  EXPECT_EQ(End(head(8193)), "431 head too large");
  EXPECT_EQ(End(std::string(8191, 'x')), "more");
  EXPECT_EQ(End(std::string(8192, 'x')), "431 head too large");
  EXPECT_EQ(End(std::string(1 << 20, 'x')), "431 head too large");
  // A body that has come with it does not count.
  EXPECT_EQ(End(head(8192) + std::string(1 << 20, 'x')), "8192");
}

TEST(HttpHead, ReasonPhrases) {
  EXPECT_EQ(ReasonPhrase(200), "OK");
  for (const int status : {400, 404, 405, 411, 413, 415, 417, 429, 431, 500, 503, 505}) {
    EXPECT_NE(ReasonPhrase(status), "Error") << status;
  }
  EXPECT_EQ(ReasonPhrase(299), "Error");
}

}  // namespace
}  // namespace tidewaiter
