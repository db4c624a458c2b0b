#include "tests/server/peers.h"

#include <gtest/gtest.h>

namespace tidewaiter {

std::unique_ptr<Client> Knock(const Webhook& webhook, const Door& door) {
  return door.tls ? webhook.Connect(kHostile)
                  : std::make_unique<Client>(webhook.health_port(), kHostile);
}

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

void ExpectServes(const Webhook& webhook) {
  EXPECT_EQ(JsonAt(webhook.Post("/validate", Review{}.ToJson()).body, "/response/allowed"), "true");
  EXPECT_EQ(webhook.GetHealth("/livez").status, 200);
}

std::string Head(const std::string& request_line, const std::string& headers) {
  return request_line + "\r\n" + headers + "\r\n";
}

}  // namespace tidewaiter
