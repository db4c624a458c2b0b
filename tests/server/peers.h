#pragma once

#include <memory>
#include <string>

#include "tests/support/process.h"

// Honest and hostile callers of a running webhook.
namespace tidewaiter {

// How long an end that is due at once may take.
constexpr milliseconds kEnds{2000};
constexpr const char* kHostile = "127.0.0.2";

// A port of the webhook, for what must hold of both.
struct Door {
  const char* name;
  bool tls;
};
constexpr Door kDoors[] = {{"webhook", true}, {"health", false}};

// A connection of a hostile peer, with TLS where the port has it.
std::unique_ptr<Client> Knock(const Webhook& webhook, const Door& door);

// Sends the bytes on a new connection and expects a refusal that ends it.
void ExpectRefusal(const Webhook& webhook, const Door& door, const std::string& bytes, int status);

// Whether an honest caller is served, on a new connection.
void ExpectServes(const Webhook& webhook);

// A request line and headers, each with its CR LF, made a whole head.
std::string Head(const std::string& request_line, const std::string& headers = "");

}  // namespace tidewaiter
