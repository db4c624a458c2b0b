// There is no moment in which a bad pod is allowed, not even at the start.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

// A port that is free now.
int FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  EXPECT_TRUE(bound);
  return ntohs(address.sin_port);
}

// The caller is there before the webhook is, and asks until it gets its first answer.
TEST(FirstRequest, B59_IsJudgedByEveryPolicy) {
  const TemporaryFolder folder;
  int code = -1;
  RunToEnd(TIDEWAITER, {"cert", "--out", folder.path(), "--name", "127.0.0.1"}, code);
  ASSERT_EQ(code, 0);
  const std::string review = Review{.object = PrivilegedPodJson()}.ToJson();
  for (int round = 0; round < 5; ++round) {
    const int port = FreePort();
    const Process webhook(
        TIDEWAITER,
        {"serve", "--listen", "127.0.0.1:" + std::to_string(port), "--health-listen", "127.0.0.1:0",
         "--cert-file", folder.path() + "/tls.crt", "--key-file", folder.path() + "/tls.key"});
    const Clock::time_point start = Clock::now();
    std::optional<HttpResponse> first;
    int tries = 0;
    while (!first && SecondsSince(start) < 30) {
      ++tries;
      Client client(port);
      if (!client.connected() || !client.StartTls({folder.path() + "/ca.crt"})) continue;
      client.Send(PostBytes("/validate?timeout=10s", review));
      first = client.ReadResponse();
    }
    ASSERT_TRUE(first) << webhook.StandardError();
    EXPECT_GT(tries, 1) << "the webhook was there before its caller";
    EXPECT_EQ(first->status, 200);
    EXPECT_EQ(JsonAt(first->body, "/response/allowed"), "false") << first->body;
    EXPECT_EQ(JsonAt(first->body, "/response/status/code"), "403") << first->body;
  }
}

}  // namespace
}  // namespace tidewaiter
