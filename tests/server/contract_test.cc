// What kube-apiserver demands of the answers, and what it may send: the rows K.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

// One of each action, so that a test can choose by what a pod does.
constexpr const char* kPolicies = R"(
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: privileged-containers}
spec: {check: privileged, action: deny, severity: high}
---
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: host-ports}
spec: {check: hostPorts, action: warn, severity: high}
---
apiVersion: tidewaiter.io/v1alpha1
kind: Policy
metadata: {name: image-registries}
spec:
  check: imageRegistries
  action: deny
  severity: high
  params: {allow: [docker.io/library/*, registry.k8s.io/*]}
)";

std::string OnePolicy(const std::string& check) {
  return "apiVersion: tidewaiter.io/v1alpha1\nkind: Policy\nmetadata: {name: only}\nspec: "
         "{check: " +
         check + ", action: deny, severity: high}\n";
}

bool IsValidUtf8Json(const std::string& text) { return JsonAt(text, "") != "<not JSON>"; }

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
                    const std::string& path = "/validate?timeout=10s") {
  Verdict verdict;
  const HttpResponse response = webhook.Post(path, review);
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.Header("content-type"), "application/json");
  verdict.body = response.body;
  EXPECT_EQ(JsonAt(verdict.body, "/apiVersion"), "admission.k8s.io/v1");
  EXPECT_EQ(JsonAt(verdict.body, "/kind"), "AdmissionReview");
  EXPECT_EQ(JsonAt(verdict.body, "/response/patch"), "<absent>");
  EXPECT_EQ(JsonAt(verdict.body, "/response/patchType"), "<absent>");
  const std::string id = JsonAt(verdict.body, "/response/auditAnnotations/decision-id");
  const std::vector<std::string> lines = webhook.LogLinesWith("/id", id);
  EXPECT_EQ(lines.size(), 1u) << id;
  if (!lines.empty()) verdict.line = lines.front();
  EXPECT_EQ(JsonAt(verdict.line, "/allowed"), verdict.allowed());
  EXPECT_EQ(JsonAt(verdict.line, "/action"),
            JsonAt(verdict.body, "/response/auditAnnotations/action"));
  if (verdict.allowed() == "true") {
    EXPECT_EQ(JsonAt(verdict.body, "/response/status"), "<absent>");
  } else {
    EXPECT_NE(verdict.message().find(id), std::string::npos) << verdict.message();
  }
  return verdict;
}

Verdict Ask(Webhook& webhook, const Review& review,
            const std::string& path = "/validate?timeout=10s") {
  const std::string json = review.ToJson();
  Verdict verdict = AskWithBody(webhook, json, path);
  EXPECT_EQ(JsonAt(verdict.body, "/response/uid"), JsonAt(json, "/request/uid"));
  EXPECT_EQ(JsonAt(verdict.line, "/operation"), review.operation);
  EXPECT_EQ(JsonAt(verdict.line, "/remote"), "127.0.0.1");
  return verdict;
}

TEST(Contract, K01_AnswerShape) {
  Webhook webhook;
  const Verdict clean = Ask(webhook, {.uid = "705ab4f5-6393-11e8-b7cc-42010a800002"});
  EXPECT_EQ(JsonAt(clean.body, "/response/uid"), "705ab4f5-6393-11e8-b7cc-42010a800002");
  EXPECT_EQ(JsonAt(clean.line, "/uid"), "705ab4f5-6393-11e8-b7cc-42010a800002");
  EXPECT_EQ(clean.allowed(), "true");
  EXPECT_EQ(clean.warnings(), "<absent>");
  EXPECT_EQ(clean.body.find("patch"), std::string::npos) << clean.body;

  const Verdict refused = Ask(webhook, {.object = PrivilegedPodJson()});
  EXPECT_EQ(refused.allowed(), "false");
  EXPECT_EQ(refused.code(), "403");
  EXPECT_EQ(JsonAt(refused.body, "/response/status/reason"), "Forbidden");
  EXPECT_EQ(refused.message().substr(0, refused.message().find(". decision")),
            "[privileged-containers] container \"app\" is privileged "
            "(spec.containers[0].securityContext.privileged)");
  EXPECT_EQ(refused.body.find("patch"), std::string::npos) << refused.body;
}

TEST(Contract, K02_HostileUids) {
  Webhook webhook;
  const auto repeated = [](const std::string& piece) {
    std::string text;
    while (text.size() < 1024) text += piece;
    return text;
  };
  for (const std::string piece :
       {R"(\")", R"(\\)", R"(\u2028\u2029)", "\xe2\x80\xa8", R"(\ud83d\ude00)", "\xf0\x9f\x98\x80",
        R"(\n\r\t\b\f\/)", R"(\u0001\u001f\u007f)", "</script>&amp;", "\xe2\x80\xae"}) {
    SCOPED_TRACE(piece);
    EXPECT_EQ(Ask(webhook, {.uid = repeated(piece)}).allowed(), "true");
  }
  // Raw control characters are no JSON, also far inside a long string.
  const std::string pad(40, 'a');
  for (const std::string& piece : {std::string(R"(a\u0000b)"), std::string(R"(\udc00)"),
                                   std::string(R"(\ud800)"), std::string("\xff"), std::string("\n"),
                                   pad + "\x01" + pad, pad + "\x1a" + pad, pad + "\x1f" + pad}) {
    SCOPED_TRACE(piece);
    const HttpResponse response = webhook.Post("/validate", Review{.uid = piece}.ToJson());
    EXPECT_EQ(response.status, 400);
    EXPECT_TRUE(IsValidUtf8Json(response.body)) << response.body;
    EXPECT_EQ(JsonAt(response.body, "/response"), "<absent>");
  }
}

// A body that is no review gets an HTTP error that is JSON, and no verdict, on both paths.
void ExpectNoVerdict(Webhook& webhook, const std::string& body, const std::string& text) {
  for (const std::string path : {"/validate", "/detect"}) {
    SCOPED_TRACE(body + " on " + path);
    const HttpResponse response = webhook.Post(path, body);
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.Header("content-type"), "application/json");
    EXPECT_EQ(JsonAt(response.body, "/response"), "<absent>");
    EXPECT_EQ(JsonAt(response.body, "/allowed"), "<absent>");
    EXPECT_NE(JsonAt(response.body, "/error").find(text), std::string::npos) << response.body;
  }
}

TEST(Contract, K03_NoRequestOrNoUid) {
  Webhook webhook;
  const std::string head = R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview")";
  const struct {
    std::string rest;
    std::string text;
  } cases[] = {
      {"}", "request: expected an object"},
      {R"(,"request":null})", "request: expected an object"},
      {R"(,"request":[]})", "request: expected an object"},
      {R"(,"request":"x"})", "request: expected an object"},
      {R"(,"request":{}})", "request.uid: expected a string"},
      {R"(,"request":{"uid":7}})", "request.uid: expected a string"},
      {R"(,"request":{"uid":""}})", "request.uid: expected a string"},
      {R"(,"request":{"uid":null}})", "request.uid: expected a string"},
      {R"(,"request":{"uid":["a"]}})", "request.uid: expected a string"},
  };
  for (const auto& [rest, text] : cases) ExpectNoVerdict(webhook, head + rest, text);
  for (const std::string body : {"{}", "[]", "null", "7", "\"x\"", "{", "x"}) {
    ExpectNoVerdict(webhook, body, "not an AdmissionReview");
  }
  EXPECT_EQ(webhook.LogLines().size(), 0u);
  EXPECT_EQ(Ask(webhook, {}).allowed(), "true");
}

TEST(Contract, K04_OtherVersionsAndKinds) {
  Webhook webhook;
  const auto review = [](const std::string& version, const std::string& kind) {
    return fmt::format(R"({{"apiVersion":"{}","kind":"{}","request":{{"uid":"u"}}}})", version,
                       kind);
  };
  const std::string version_text = "apiVersion: expected \"admission.k8s.io/v1\", got ";
  const std::string kind_text = "kind: expected \"AdmissionReview\", got ";
  ExpectNoVerdict(webhook, review("admission.k8s.io/v1beta1", "AdmissionReview"),
                  version_text + "\"admission.k8s.io/v1beta1\"");
  ExpectNoVerdict(webhook, review("admission.k8s.io/v2", "AdmissionReview"),
                  version_text + "\"admission.k8s.io/v2\"");
  ExpectNoVerdict(webhook, review("v1", "AdmissionReview"), version_text + "\"v1\"");
  ExpectNoVerdict(webhook, review("admission.k8s.io/v1", "admissionReview"),
                  kind_text + "\"admissionReview\"");
  ExpectNoVerdict(webhook, review("admission.k8s.io/v1", "Pod"), kind_text + "\"Pod\"");
}

TEST(Contract, K05_DeleteWithoutObjects) {
  Webhook webhook;
  for (const std::string& old : {PrivilegedPodJson(), std::string("null")}) {
    const Verdict verdict =
        Ask(webhook, {.operation = "DELETE", .object = "null", .old_object = old});
    EXPECT_EQ(verdict.allowed(), "true");
    EXPECT_EQ(JsonAt(verdict.line, "/findings"), "[]");
  }
}

TEST(Contract, K06_DeleteCollectionTakesTheOldName) {
  Webhook webhook;
  const Verdict verdict =
      Ask(webhook, {.operation = "DELETE", .name = "", .object = "null", .old_object = PodJson()});
  EXPECT_EQ(verdict.allowed(), "true");
  EXPECT_EQ(JsonAt(verdict.line, "/name"), "web");
}

TEST(Contract, K07_GenerateName) {
  Webhook webhook;
  const std::string pod =
      R"({"metadata":{"generateName":"x-"},"spec":{"containers":[{"name":"app","image":"nginx",)"
      R"("securityContext":{"privileged":true}}]}})";
  const Verdict verdict = Ask(webhook, {.name = "", .object = pod});
  EXPECT_EQ(verdict.allowed(), "false");
  EXPECT_EQ(JsonAt(verdict.line, "/name"), "x-*");
}

TEST(Contract, K08_SubresourcesWithoutATemplate) {
  Webhook webhook;
  const std::string scale =
      R"({"kind":"Scale","apiVersion":"autoscaling/v1","metadata":{"name":"api"},)"
      R"("spec":{"replicas":3},"status":{"replicas":2}})";
  const std::string binding = R"({"kind":"Binding","apiVersion":"v1","metadata":{"name":"web"},)"
                              R"("target":{"kind":"Node","name":"node-1"}})";
  const std::string eviction =
      R"({"kind":"Eviction","apiVersion":"policy/v1","metadata":{"name":"web"}})";
  const Review cases[] = {
      {.operation = "UPDATE",
       .group = "autoscaling",
       .kind = "Scale",
       .resource = "deployments",
       .sub_resource = "scale",
       .object = scale,
       .old_object = scale},
      {.operation = "UPDATE",
       .group = "autoscaling",
       .kind = "Scale",
       .resource = "replicationcontrollers",
       .sub_resource = "scale",
       .object = scale,
       .old_object = scale},
      {.kind = "Binding", .sub_resource = "binding", .object = binding},
      {.group = "policy", .kind = "Eviction", .sub_resource = "eviction", .object = eviction},
      {.operation = "UPDATE",
       .sub_resource = "status",
       .object = PrivilegedPodJson(),
       .old_object = PodJson()},
  };
  for (const Review& review : cases) {
    SCOPED_TRACE(review.resource + "/" + review.sub_resource);
    const Verdict verdict = Ask(webhook, review);
    EXPECT_EQ(verdict.allowed(), "true");
    EXPECT_EQ(JsonAt(verdict.line, "/findings"), "[]");
    EXPECT_EQ(JsonAt(verdict.line, "/subResource"), review.sub_resource);
  }
}

TEST(Contract, K09_UnknownSubresourceIsJudged) {
  Webhook webhook;
  for (const std::string subresource : {"future", "Status", "ephemeralcontainers", "resize"}) {
    SCOPED_TRACE(subresource);
    EXPECT_EQ(Ask(webhook, {.operation = "UPDATE",
                            .sub_resource = subresource,
                            .object = PrivilegedPodJson(),
                            .old_object = PodJson()})
                  .allowed(),
              "false");
    EXPECT_EQ(Ask(webhook, {.operation = "UPDATE",
                            .sub_resource = subresource,
                            .object = PodJson(),
                            .old_object = PodJson()})
                  .allowed(),
              "true");
  }
}

TEST(Contract, K10_ExecCommands) {
  Webhook webhook;
  std::string many = R"("x")";
  for (int i = 1; i < 10'000; ++i) many += R"(,"x")";
  for (const std::string& command :
       {std::string("null"), std::string("[]"), "[" + many + "]",
        std::string("[\"\xef\xbf\xbd\",\"\xef\xbd\x93\xef\xbd\x88\"]")}) {
    const std::string options =
        R"({"kind":"PodExecOptions","apiVersion":"v1","stdin":true,"tty":true,"container":"app",)"
        R"("command":)" +
        command + "}";
    for (const std::string path : {"/validate?timeout=5s", "/detect?timeout=3s"}) {
      SCOPED_TRACE(path + " " + command.substr(0, 40));
      const Verdict verdict = Ask(webhook,
                                  {.operation = "CONNECT",
                                   .kind = "PodExecOptions",
                                   .sub_resource = "exec",
                                   .object = options},
                                  path);
      EXPECT_EQ(verdict.allowed(), "true");
      EXPECT_EQ(JsonAt(verdict.line, "/subResource"), "exec");
    }
  }
}

TEST(Contract, K11_DryRunGetsTheSameVerdict) {
  Webhook webhook;
  for (const bool dry_run : {false, true}) {
    const Verdict verdict = Ask(webhook, {.object = PrivilegedPodJson(), .dry_run = dry_run});
    EXPECT_EQ(verdict.allowed(), "false");
    EXPECT_EQ(verdict.code(), "403");
    EXPECT_EQ(JsonAt(verdict.line, "/dryRun"), dry_run ? "true" : "false");
    EXPECT_EQ(JsonAt(verdict.line, "/findings/0/policy"), "privileged-containers");
  }
}

TEST(Contract, K12_CronJobTemplate) {
  Webhook webhook;
  const auto cron_job = [](const std::string& pod) {
    return R"({"kind":"CronJob","apiVersion":"batch/v1","metadata":{"name":"nightly"},)"
           R"("spec":{"schedule":"0 3 * * *","jobTemplate":{"spec":{"template":)" +
           pod + "}}}}";
  };
  Review review{.group = "batch", .kind = "CronJob", .resource = "cronjobs", .name = "nightly"};
  review.object = cron_job(PrivilegedPodJson());
  const Verdict verdict = Ask(webhook, review);
  EXPECT_EQ(verdict.allowed(), "false");
  EXPECT_EQ(JsonAt(verdict.line, "/findings/0/field"),
            "spec.jobTemplate.spec.template.spec.containers[0].securityContext.privileged");
  review.object = cron_job(PodJson());
  EXPECT_EQ(Ask(webhook, review).allowed(), "true");
}

TEST(Contract, K13_OldViolationsAreOnlyAudited) {
  Webhook webhook({.policies = kPolicies});
  const std::string members =
      R"("securityContext":{"privileged":true},"ports":[{"containerPort":80,"hostPort":80}])";
  const std::string finalized = PodJson(members, "", R"("finalizers":["example.com/wait"])");
  const Verdict verdict =
      Ask(webhook, {.operation = "UPDATE", .object = PodJson(members), .old_object = finalized});
  EXPECT_EQ(verdict.allowed(), "true");
  EXPECT_EQ(verdict.warnings(), "<absent>");
  EXPECT_EQ(JsonAt(verdict.line, "/action"), "audit");
  EXPECT_EQ(JsonAt(verdict.line, "/findings/0/policy"), "privileged-containers");
  EXPECT_EQ(JsonAt(verdict.line, "/findings/1/policy"), "host-ports");
  EXPECT_EQ(JsonAt(verdict.line, "/findings/2"), "<absent>");
  for (const std::string finding : {"/findings/0", "/findings/1"}) {
    EXPECT_EQ(JsonAt(verdict.line, finding + "/unchanged"), "true");
    EXPECT_EQ(JsonAt(verdict.line, finding + "/action"), "audit");
  }
}

TEST(Contract, K14_UpdateToABadImage) {
  Webhook webhook({.policies = kPolicies});
  const Verdict verdict = Ask(webhook, {.operation = "UPDATE",
                                        .object = PodJson(R"("image":"evil.example.net/nginx")"),
                                        .old_object = PodJson()});
  EXPECT_EQ(verdict.allowed(), "false");
  EXPECT_EQ(verdict.code(), "403");
  EXPECT_EQ(JsonAt(verdict.line, "/findings/0/field"), "spec.containers[0].image");
  EXPECT_EQ(JsonAt(verdict.line, "/findings/0/unchanged"), "false");
}

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
