// What kube-apiserver demands of the answers, and what it may send: the rows K.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/server/verdict.h"

namespace tidewaiter {
namespace {

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

}  // namespace
}  // namespace tidewaiter
