// The same contract at its limits: many findings, little time, large bodies, hostile text, and our
// own failures.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/server/verdict.h"

namespace tidewaiter {
namespace {

std::size_t Runes(const std::string& text) {
  std::size_t runes = 0;
  for (const char c : text) runes += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return runes;
}

TEST(Contract, K15_ManyViolations) {
  Webhook webhook({.policies = kPolicies});
  const Verdict denied =
      Ask(webhook, {.object = ManyContainersJson(40, R"("securityContext":{"privileged":true})")});
  EXPECT_EQ(denied.allowed(), "false");
  EXPECT_LE(denied.message().size(), 2048u);
  const std::size_t more = denied.message().rfind("... and ");
  ASSERT_NE(more, std::string::npos) << denied.message();
  int hidden = 0;
  ASSERT_EQ(std::sscanf(denied.message().c_str() + more, "... and %d more", &hidden), 1);
  EXPECT_TRUE(denied.message().ends_with(fmt::format("... and {} more", hidden)));
  std::size_t shown = 0;
  for (std::size_t at = 0; (at = denied.message().find("[privileged", at)) != std::string::npos;
       ++at) {
    ++shown;
  }
  EXPECT_EQ(shown + static_cast<std::size_t>(hidden), 40u) << denied.message();

  const Verdict warned =
      Ask(webhook,
          {.object = ManyContainersJson(40, R"("ports":[{"containerPort":80,"hostPort":8080}])")});
  EXPECT_EQ(warned.allowed(), "true");
  for (int i = 0; i < 10; ++i) {
    const std::string warning = JsonAt(warned.body, fmt::format("/response/warnings/{}", i));
    EXPECT_LE(Runes(warning), 120u) << warning;
    EXPECT_NE(warning, "<absent>");
  }
  EXPECT_EQ(JsonAt(warned.body, "/response/warnings/9"), "... and 31 more");
  EXPECT_EQ(JsonAt(warned.body, "/response/warnings/10"), "<absent>");
  EXPECT_LT(warned.line.size(), 15u * 1024);
}

// The check would take 3 s. Other programs may slow this machine down, so the best of three counts.
TEST(Contract, K16_AnswersBeforeTheTimeout) {
  Webhook webhook({.binary = TIDEWAITER_TESTING, .policies = OnePolicy("testSleep")});
  const Review slow{.object = ManyContainersJson(300)};
  for (const bool validate : {true, false}) {
    const std::string path = validate ? "/validate?timeout=1s" : "/detect?timeout=1s";
    double best = 10;
    for (int i = 0; i < 3 && best >= 1; ++i) {
      const Clock::time_point start = Clock::now();
      const Verdict verdict = Ask(webhook, slow, path);
      best = std::min(best, SecondsSince(start));
      EXPECT_EQ(verdict.allowed(), validate ? "false" : "true");
      EXPECT_EQ(verdict.code(), validate ? "500" : "<absent>");
      EXPECT_EQ(
          verdict.warnings(),
          validate ? "<absent>" : R"(["tidewaiter: the request could not be judged in time"])");
      EXPECT_EQ(JsonAt(verdict.line, "/error"), "the request could not be judged in time");
    }
    EXPECT_LT(best, 1) << path;
  }
}

TEST(Contract, K17_BodyOverTheCap) {
  constexpr std::size_t kCap = 7 << 20;
  Webhook webhook;
  EXPECT_EQ(AskWithBody(webhook, ReviewOfSize(kCap)).allowed(), "true");
  const auto client = webhook.Connect();
  client->Send(PostBytes("/validate", ReviewOfSize(kCap + 1)));
  const auto response = client->ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 413);
  EXPECT_TRUE(response->closes());
  EXPECT_NE(client->WaitForEnd(milliseconds(2000)), Ending::kNone);
  EXPECT_EQ(Ask(webhook, {}).allowed(), "true");
}

// The most that the process has had in memory.
double PeakMegabytes(pid_t id) {
  std::ifstream status("/proc/" + std::to_string(id) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  }
  return 0;
}

// Go's encoder writes "<" as six bytes, so an object of 3 MiB becomes a body of 18 MiB.
TEST(Contract, K18_EscapedBody) {
  std::string escaped;
  for (int i = 0; i < 3 << 20; ++i) escaped += R"(\u003c)";
  const Review review{.object = PodJson("", "", R"("annotations":{"a":")" + escaped + R"("})")};
  Webhook small;
  EXPECT_EQ(small.Post("/validate", review.ToJson()).status, 413);
  EXPECT_EQ(Ask(small, {}).allowed(), "true");
  Webhook large({.flags = {"--max-body", "33554432"}});
  EXPECT_EQ(Ask(large, review).allowed(), "true");
  const double peak = PeakMegabytes(large.process().id());
  EXPECT_GT(peak, 0);
  EXPECT_LT(peak, 256);
}

TEST(Contract, K19_HostileNames) {
  Webhook webhook({.policies = kPolicies});
  const std::string hostile_images[] = {R"(a\"b)",
                                        R"(evil.io/x\n{\"allowed\":true})",
                                        R"(\u0001\u001b[31mred)",
                                        R"(a\\)",
                                        "evil.io/\xe2\x80\xae"
                                        "x",
                                        R"(\u2028\u2029)",
                                        "\xf0\x9f\x98\x80",
                                        "<script>&amp;"};
  for (const std::string& image : hostile_images) {
    SCOPED_TRACE(image);
    const std::size_t before = webhook.LogLines().size();
    const std::string pod =
        fmt::format(R"({{"metadata":{{"name":"web"}},)"
                    R"("spec":{{"containers":[{{"name":"{}","image":"{}"}}]}}}})",
                    image, image);
    const Review review{.name = image, .object = pod};
    const Verdict verdict = Ask(webhook, review);
    EXPECT_EQ(verdict.allowed(), "false");
    EXPECT_TRUE(IsValidUtf8Json(verdict.body));
    for (const char c : verdict.message()) {
      EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << verdict.message();
    }
    EXPECT_EQ(verdict.message().find("\xe2\x80\xae"), std::string::npos);
    EXPECT_TRUE(IsValidUtf8Json(verdict.line));
    EXPECT_EQ(webhook.LogLines().size(), before + 1);
  }
  // What is no UTF-8 is no JSON at all, and the API server never sends it.
  for (const std::string image : {"a\xff", "a\xc0\xaf", "a\xed\xa0\x80"}) {
    SCOPED_TRACE(image);
    const HttpResponse response = webhook.Post(
        "/validate", Review{.object = PodJson(R"("image":")" + image + "\"")}.ToJson());
    EXPECT_EQ(response.status, 400);
    EXPECT_TRUE(IsValidUtf8Json(response.body)) << response.body;
    EXPECT_EQ(JsonAt(response.body, "/response"), "<absent>");
  }
  // Of a bad escape the text before it has been read, and the uid with it; so there is a verdict.
  for (const std::string image : {R"(a\u0000b)", R"(\ud800)", R"(\udc00)"}) {
    SCOPED_TRACE(image);
    const Review review{.uid = "known", .object = PodJson(R"("image":")" + image + "\"")};
    const Verdict verdict = AskWithBody(webhook, review.ToJson());
    EXPECT_EQ(JsonAt(verdict.body, "/response/uid"), "known");
    EXPECT_EQ(verdict.allowed(), "false");
    EXPECT_EQ(verdict.code(), "400");
    EXPECT_TRUE(IsValidUtf8Json(verdict.line));
    EXPECT_EQ(JsonAt(verdict.line, "/uid"), "known");
  }
}

TEST(Contract, K21_FailingCheckIsAnAnswer) {
  Webhook webhook({.binary = TIDEWAITER_TESTING, .policies = OnePolicy("testThrow")});
  const Verdict enforced = Ask(webhook, {});
  EXPECT_EQ(enforced.allowed(), "false");
  EXPECT_EQ(enforced.code(), "500");
  EXPECT_EQ(JsonAt(enforced.body, "/response/status/reason"), "InternalError");
  EXPECT_EQ(enforced.warnings(), "<absent>");
  const Verdict detected = Ask(webhook, {}, "/detect?timeout=3s");
  EXPECT_EQ(detected.allowed(), "true");
  EXPECT_EQ(detected.warnings(), R"(["tidewaiter: an internal error occurred"])");
  for (const Verdict& verdict : {enforced, detected}) {
    EXPECT_EQ(JsonAt(verdict.line, "/error"), "an internal error occurred");
    EXPECT_EQ(verdict.body.find("testThrow"), std::string::npos) << "the text of the exception";
  }
}

TEST(Contract, K21_ShippedProgramHasNoSuchCheck) {
  for (const std::string check : {"testThrow", "testSleep"}) {
    try {
      Webhook({.policies = OnePolicy(check)});
      FAIL() << "serves with " << check;
    } catch (const std::runtime_error& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find("unknown check \"" + check), std::string::npos) << text;
    }
  }
}

}  // namespace
}  // namespace tidewaiter
