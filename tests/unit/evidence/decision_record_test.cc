// The lines of the decision log: every member, what is left out when a line grows, and what must
// never be in one.

#include "webhook/evidence/decision_record.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/support/requests.h"
#include "webhook/base/json.h"

namespace tidewaiter {
namespace {

using std::chrono::sys_days;
using std::chrono::year;

constexpr std::size_t kMaxLine = 15 * 1024;
const std::string kId = "019aa831-5a80-7000-8000-000000000001";
const ReviewContext kContext{"u-1", "10.0.0.5", "00-trace-1", std::chrono::microseconds(38)};

Circumstances AtSix() {
  Circumstances circumstances;
  circumstances.now =
      sys_days(year(2026) / 11 / 21) + std::chrono::hours(18) + std::chrono::microseconds(218334);
  return circumstances;
}

// The record of a review, judged by the policies, under an id that does not change.
std::string RecordOf(const std::string& policies, const std::string& review,
                     const ReviewContext& context = kContext) {
  const PolicySet set = Load(policies);
  const AdmissionRequest request = Parsed(review);
  Decision decision = Evaluate(set, request, AtSix());
  decision.id = kId;
  decision.policy_revision = {"sha256:0123", ""};
  return DecisionRecord(&request, decision, context);
}

// The line is one line and JSON, and short enough.
void ExpectWellFormed(const std::string& line) {
  EXPECT_LT(line.size(), kMaxLine);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_TRUE(line.ends_with("}\n"));
  std::optional<JsonError> error;
  const JsonDocument document(line, JsonLimits(), &error);
  EXPECT_FALSE(error) << error->message << "\n" << line;
}

TEST(DecisionRecord, EveryMember) {
  const std::string object =
      R"({"metadata":{"name":"miner-jtd8j","ownerReferences":[{"kind":"Job","name":"miner",)"
      R"("controller":true}]},"spec":)" +
      PodText(R"({"name":"miner","image":"evil.io/x:1","securityContext":{"privileged":true}},)"
              R"({"name":"side","image":"nginx"},{"name":"more","image":"nginx"})") +
      "}";
  EXPECT_EQ(
      RecordOf(PolicyText("privileged-containers", "privileged"),
               ReviewText({.name = "miner-jtd8j",
                           .object = object,
                           .more = R"("dryRun":true,"requestKind":{"group":"x.io","version":"v2",)"
                                   R"("kind":"Pod"},"requestResource":{"group":"x.io",)"
                                   R"("version":"v2","resource":"pods"},)"})),
      R"({"schema":"tidewaiter.io/decision/v1alpha1","id":")" + kId +
          R"(","time":"2026-11-21T18:00:00.218334Z","uid":"u-1","operation":"CREATE",)"
          R"("kind":{"group":"","version":"v1","kind":"Pod"},)"
          R"("resource":{"group":"","version":"v1","resource":"pods"},)"
          R"("requestKind":{"group":"x.io","version":"v2","kind":"Pod"},)"
          R"("requestResource":{"group":"x.io","version":"v2","resource":"pods"},)"
          R"("subResource":"","namespace":"shop","name":"miner-jtd8j",)"
          R"("owner":{"kind":"Job","name":"miner"},)"
          R"("user":{"username":"jane","groups":["developers"]},"dryRun":true,"mode":"enforce",)"
          R"("allowed":false,"action":"deny","would":"deny","findings":[{)"
          R"("policy":"privileged-containers","check":"privileged","detection":null,"severity":"high",)"
          R"("action":"deny","would":"deny","field":"spec.containers[0].securityContext.privileged",)"
          R"("container":"miner","message":"container \"miner\" is privileged","exception":null,"unchanged":false,"image":"evil.io/x:1"}],)"
          R"("images":["evil.io/x:1","nginx"],"policyRevision":{"digest":"sha256:0123"},)"
          R"("durationUs":38,"traceparent":"00-trace-1","remote":"10.0.0.5"})"
          "\n");
}

TEST(DecisionRecord, WhatIsNotKnownIsLeftOut) {
  EXPECT_EQ(RecordOf(PolicyText("p", "privileged"),
                     ReviewText({.operation = "DELETE",
                                 .kind = "Service",
                                 .old_object = R"({"metadata":{"name":"web"}})"}),
                     {"u-2", "", "", {}}),
            R"({"schema":"tidewaiter.io/decision/v1alpha1","id":")" + kId +
                R"(","time":"2026-11-21T18:00:00.218334Z","uid":"u-2","operation":"DELETE",)"
                R"("kind":{"group":"","version":"v1","kind":"Service"},)"
                R"("resource":{"group":"","version":"v1","resource":"services"},)"
                R"("subResource":"","namespace":"shop","name":"web",)"
                R"("user":{"username":"jane","groups":["developers"]},"dryRun":false,)"
                R"("mode":"enforce","allowed":true,"action":"allow","would":"allow",)"
                R"("findings":[],"policyRevision":{"digest":"sha256:0123"},"durationUs":0})"
                "\n");
}

TEST(DecisionRecord, ARequestThatCouldNotBeRead) {
  Decision decision = FailedDecision(PolicySet(), AtSix(), 400, "spec: expected an object");
  decision.id = kId;
  EXPECT_EQ(DecisionRecord(nullptr, decision, kContext),
            R"({"schema":"tidewaiter.io/decision/v1alpha1","id":")" + kId +
                R"(","time":"2026-11-21T18:00:00.218334Z","uid":"u-1","mode":"enforce",)"
                R"("allowed":false,"action":"deny","would":"deny",)"
                R"("error":"spec: expected an object","findings":[],)"
                R"("policyRevision":{"digest":""},"durationUs":38,"traceparent":"00-trace-1",)"
                R"("remote":"10.0.0.5"})"
                "\n");
}

TEST(DecisionRecord, AuditModeSaysWhatItWould) {
  const PolicySet set = Load(PolicyText("p", "privileged"));
  const AdmissionRequest request =
      Parsed(CreateText("Pod", PodText(R"({"name":"a","securityContext":{"privileged":true}})")));
  Circumstances circumstances = AtSix();
  circumstances.mode = Mode::kAudit;
  const std::string line =
      DecisionRecord(&request, Evaluate(set, request, circumstances), kContext);
  EXPECT_NE(line.find(R"("mode":"audit","allowed":true,"action":"audit","would":"deny",)"),
            std::string::npos)
      << line;
  EXPECT_NE(line.find(R"("severity":"high","action":"audit","would":"deny",)"), std::string::npos);
}

// A canary in every place where people put secrets.
TEST(DecisionRecord, NoSecretIsInIt) {
  const std::string canary = "CANARY";
  const std::string pod =
      R"({"containers":[{"name":"app","image":"evil.io/x","securityContext":{"privileged":true},)"
      R"("ports":[{"containerPort":80,"hostPort":80}],)"
      R"("env":[{"name":"PASSWORD","value":"CANARY"}],"command":["sh","-c","CANARY"],)"
      R"("args":["--token=CANARY"],"workingDir":"/CANARY","lifecycle":{"postStart":{"exec":)"
      R"({"command":["CANARY"]}}},"livenessProbe":{"httpGet":{"port":80,"path":"/CANARY",)"
      R"("httpHeaders":[{"name":"Authorization","value":"CANARY"}]}}}],)"
      R"("volumes":[{"name":"v","csi":{"volumeAttributes":{"k":"CANARY"}}}]})";
  const std::string object =
      R"({"metadata":{"name":"web","labels":{"l":"CANARY"},"annotations":{)"
      R"("kubectl.kubernetes.io/last-applied-configuration":"CANARY","a":"CANARY"},)"
      R"("managedFields":[{"manager":"CANARY"}]},"data":{"k":"CANARY"},"stringData":{"k":"CANARY"},)"
      R"("status":{"message":"CANARY"},"spec":)" +
      pod + "}";
  const std::string policies = PolicyText("a", "privileged") + PolicyText("b", "hostPorts") +
                               PolicyText("c", "portChanges") +
                               PolicyText("d", "imageRegistries", "params: {allow: [nginx]}");
  for (const std::string kind : {"Pod", "ConfigMap"}) {
    const Review review{.operation = "UPDATE",
                        .kind = kind,
                        .object = object,
                        .old_object = object,
                        .more = R"("options":{"fieldManager":"CANARY"},)"};
    const std::string line = RecordOf(policies, ReviewText(review));
    EXPECT_EQ(line.find(canary), std::string::npos) << line;
    EXPECT_EQ(line.find("evil.io/x") != std::string::npos, kind == "Pod");
  }
  const std::string exec =
      RecordOf(policies, ReviewText({.operation = "CONNECT",
                                     .kind = "PodExecOptions",
                                     .sub_resource = "exec",
                                     .object = R"({"command":["CANARY"],"container":"app"})"}));
  EXPECT_EQ(exec.find(canary), std::string::npos) << exec;
}

TEST(DecisionRecord, ImagesGoFirstThenFindingsFromTheEnd) {
  const auto record = [](int containers, const std::string& pad) {
    std::string list;
    for (int i = 0; i < containers; ++i) {
      list += fmt::format(
          R"({}{{"name":"c{}{}","image":"i{}/{}","securityContext":{{"privileged":true}}}})",
          i == 0 ? "" : ",", i, pad, i, pad);
    }
    return RecordOf(PolicyText("p", "privileged"), CreateText("Pod", PodText(list)));
  };
  struct Case {
    int containers;
    std::size_t pad;
    bool images;
    bool all_findings;
  };
  for (const Case& c : {Case{1, 1, true, true}, Case{30, 1, true, true}, Case{24, 200, false, true},
                        Case{64, 200, false, false}, Case{40, 1, true, true},
                        Case{100, 1, false, false}, Case{100, 5000, false, false}}) {
    const std::string line = record(c.containers, std::string(c.pad, 'x'));
    ExpectWellFormed(line);
    std::size_t findings = 0;
    for (std::size_t at = 0; (at = line.find("\"check\"", at)) != std::string::npos; ++at) {
      ++findings;
    }
    EXPECT_EQ(line.find("\"images\"") != std::string::npos, c.images) << c.containers;
    EXPECT_EQ(findings == static_cast<std::size_t>(c.containers), c.all_findings) << findings;
    EXPECT_GE(findings, 1U);
    EXPECT_EQ(line.find("\"truncated\":true") != std::string::npos, !c.images || !c.all_findings);
  }
}

TEST(DecisionRecord, HostileTextStaysOneShortLine) {
  for (const std::string piece : {"\\", "\"", "\n", "\x1b", "\x7f", "\xe2\x80\xa8", "\xe2\x80\xae",
                                  "\xf0\x9f\x98\x80", "<"}) {
    std::string text;
    while (text.size() < 5000) text += piece;
    const std::string json = JsonText(text);
    std::string groups = json;
    for (int i = 0; i < 100; ++i) groups += "," + json;
    const std::string gvk =
        R"({"group":)" + json + R"(,"version":)" + json + R"(,"kind":)" + json + "}";
    const std::string gvr =
        R"({"group":)" + json + R"(,"version":)" + json + R"(,"resource":)" + json + "}";
    const std::string object = R"({"metadata":{"name":)" + json +
                               R"(,"ownerReferences":[{"kind":)" + json + R"(,"name":)" + json +
                               "}]}}";
    const std::string review =
        R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":)" + json +
        R"(,"operation":"CREATE","kind":)" + gvk + R"(,"resource":)" + gvr +
        R"(,"requestKind":{"kind":"Other"},"requestResource":)" + gvr + R"(,"subResource":)" +
        json + R"(,"name":)" + json + R"(,"namespace":)" + json + R"(,"userInfo":{"username":)" +
        json + R"(,"groups":[)" + groups + R"(]},"object":)" + object + "}}";
    const std::string line =
        RecordOf(PolicyText("p", "privileged"), review, {text, text, text, {}});
    ExpectWellFormed(line);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_EQ(line.find("\xe2\x80\xae"), std::string::npos);
  }
}

const std::string kException =
    "---\napiVersion: tidewaiter.io/v1alpha1\nkind: PolicyException\nmetadata: {name: driver}\n"
    "spec:\n  policies: [priv]\n  match: {namespaces: [shop], containers: [app]}\n"
    "  owner: a\n  reason: b\n  expires: 2026-12-31\n";

Decision Decide(const PolicySet& set, const AdmissionRequest& request) {
  return Evaluate(set, request, AtSix());
}

// An excused finding and one that is not, of policies with and without a detection.
TEST(DecisionRecord, NamesTheExceptionAndTheDetection) {
  const PolicySet set =
      Load(PolicyText("priv", "privileged", "detection: {id: PRV-001, status: draft}") +
           PolicyText("net", "hostNamespaces", "", "warn") + kException);
  const AdmissionRequest request =
      Parsed(CreateText("Pod", R"({"hostNetwork":true,"containers":[{"name":"app","image":"a",)"
                               R"("securityContext":{"privileged":true}}]})"));
  const Decision decision = Decide(set, request);
  EXPECT_TRUE(decision.allowed);
  const std::string line = DecisionRecord(&request, decision, kContext);
  EXPECT_NE(line.find(R"({"policy":"priv","check":"privileged","detection":"PRV-001",)"
                      R"("severity":"high","action":"allow","would":"allow",)"
                      R"("field":"spec.containers[0].securityContext.privileged",)"
                      R"("container":"app","message":"container \"app\" is privileged",)"
                      R"("exception":"driver","unchanged":false,"image":"a"})"),
            std::string::npos)
      << line;
  EXPECT_NE(line.find(R"({"policy":"net","check":"hostNamespaces","detection":null,)"
                      R"("severity":"high","action":"warn","would":"warn",)"
                      R"("field":"spec.hostNetwork","container":"",)"
                      R"("message":"the pod shares its node's network namespace",)"
                      R"("exception":null,"unchanged":false})"),
            std::string::npos)
      << line;
  EXPECT_NE(line.find(R"("allowed":true,"action":"warn","would":"warn")"), std::string::npos);
}

}  // namespace
}  // namespace tidewaiter
