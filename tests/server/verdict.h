#pragma once

#include <string>

#include "tests/support/process.h"

// Asks the webhook as kube-apiserver does, and holds every answer to what the API server demands.
namespace tidewaiter {

// One policy of each action, so that a test can choose by what a pod does.
extern const char* const kPolicies;

// A file with one policy that denies.
std::string OnePolicy(const std::string& check);

bool IsValidUtf8Json(const std::string& text);

struct Verdict {
  std::string body;  // of the answer
  std::string line;  // of the decision log

  std::string allowed() const { return JsonAt(body, "/response/allowed"); }
  std::string code() const { return JsonAt(body, "/response/status/code"); }
  std::string message() const { return JsonAt(body, "/response/status/message"); }
  std::string warnings() const { return JsonAt(body, "/response/warnings"); }
};

// Posts a review, and checks what must hold of every verdict and of its line in the decision log.
Verdict AskWithBody(Webhook& webhook, const std::string& review,
                    const std::string& path = "/validate?timeout=10s");
Verdict Ask(Webhook& webhook, const Review& review,
            const std::string& path = "/validate?timeout=10s");

}  // namespace tidewaiter
