// What the API server is told, and the limits that it sets.

#include "webhook/admission/response.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/support/requests.h"
#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

const std::string kId = "019aa831-5a80-7000-8000-000000000001";

Policy MakePolicy(const std::string& name, const std::string& contact = "") {
  Policy policy;
  policy.name = name;
  policy.contact = contact;
  return policy;
}

Finding MakeFinding(const Policy& policy, EnforcementAction action, const std::string& message,
                    const std::string& field = "spec.f") {
  Finding finding;
  finding.policy = &policy;
  finding.action = finding.would = action;
  finding.violation.field = field;
  finding.violation.message = message;
  return finding;
}

Decision MakeDecision(const std::vector<Finding>& findings = {}) {
  Decision decision;
  decision.id = kId;
  decision.policy_revision.digest = "sha256:0123456789abcdef0123456789abcdef";
  decision.findings = findings;
  for (const Finding& finding : findings) {
    decision.action = std::max(decision.action, finding.action);
    decision.would = std::max(decision.would, finding.would);
  }
  decision.allowed = decision.action != EnforcementAction::kDeny;
  return decision;
}

Decision MakeFailure(int status, const std::string& error, Path path = Path::kValidate) {
  Decision decision = FailedDecision(PolicySet(), {.path = path}, status, error);
  decision.id = kId;
  return decision;
}

std::size_t Runes(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

constexpr auto kAudit = EnforcementAction::kAudit;
constexpr auto kWarn = EnforcementAction::kWarn;
constexpr auto kDeny = EnforcementAction::kDeny;

TEST(Response, K01_Allowed) {
  EXPECT_EQ(ToJson(Respond("u-1", MakeDecision())),
            R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{)"
            R"("uid":"u-1","allowed":true,"auditAnnotations":{"decision-id":")" +
                kId + R"(","action":"allow","would":"allow","revision":"sha256:0123456789ab"}}})");
}

TEST(Response, K01_Refused) {
  const Policy a = MakePolicy("a");
  const Policy b = MakePolicy("b", "#platform");
  const Decision decision =
      MakeDecision({MakeFinding(a, kDeny, "one", "spec.x"), MakeFinding(b, kWarn, "two"),
                    MakeFinding(b, kDeny, "three", "spec.y"), MakeFinding(a, kAudit, "four")});
  EXPECT_EQ(ToJson(Respond("u-1", decision)),
            R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{)"
            R"("uid":"u-1","allowed":false,"status":{"code":403,"reason":"Forbidden","message":)"
            R"("[a] one (spec.x); [b] three (spec.y); ask #platform. decision )" +
                kId + R"("},"warnings":["[b] two"],"auditAnnotations":{"decision-id":")" + kId +
                R"(","action":"deny","would":"deny","revision":"sha256:0123456789ab",)"
                R"("policies":"a,b"}}})");
}

TEST(Response, K13_WhatIsOnlyAuditedWarnsNobody) {
  const Policy policy = MakePolicy("a");
  Finding finding = MakeFinding(policy, kAudit, "old");
  finding.unchanged = true;
  const AdmissionResponse response = Respond("u", MakeDecision({finding}));
  EXPECT_TRUE(response.allowed);
  EXPECT_EQ(response.warnings, Lines{});
  EXPECT_EQ(response.message, "");
  EXPECT_EQ(response.audit_annotations.back(),
            (std::pair<std::string, std::string>("policies", "a")));
}

TEST(Response, AuditModeTellsWhatItWouldInTheAnnotations) {
  const Policy policy = MakePolicy("a");
  Finding finding = MakeFinding(policy, kDeny, "m");
  finding.action = kAudit;
  const AdmissionResponse response = Respond("u", MakeDecision({finding}));
  EXPECT_TRUE(response.allowed);
  EXPECT_EQ(response.warnings, Lines{});
  EXPECT_EQ(response.audit_annotations[1].second, "audit");
  EXPECT_EQ(response.audit_annotations[2].second, "deny");
}

TEST(Response, K15_MessageOfManyFindings) {
  const Policy policy = MakePolicy("some-policy");
  for (const std::size_t length : {std::size_t{10}, std::size_t{300}, std::size_t{5000}}) {
    for (const std::size_t count : {1U, 2U, 3U, 40U, 10'000U}) {
      const std::vector<Finding> findings(
          count, MakeFinding(policy, kDeny, std::string(length, 'm'), std::string(80, 'f')));
      const std::string message = Respond("u", MakeDecision(findings)).message;
      EXPECT_LE(message.size(), 2048U) << length << " " << count;
      EXPECT_NE(message.find(". decision " + kId), std::string::npos) << message;
      std::size_t shown = 0;
      for (std::size_t at = 0; (at = message.find("[some-policy]", at)) != std::string::npos;
           ++at) {
        ++shown;
      }
      EXPECT_GE(shown, 1U);
      const std::string end = shown == count ? kId : fmt::format(" ... and {} more", count - shown);
      EXPECT_TRUE(message.ends_with(end)) << message;
    }
  }
}

TEST(Response, K15_MessageIsCutBetweenRunes) {
  const Policy policy = MakePolicy("p");
  for (std::size_t offset = 0; offset < 4; ++offset) {
    std::string text(offset, 'a');
    for (int i = 0; i < 1000; ++i) text += "\xf0\x9f\x98\x80";
    const std::string message =
        Respond("u", MakeDecision({MakeFinding(policy, kDeny, text)})).message;
    EXPECT_TRUE(IsValidUtf8(message));
    EXPECT_NE(message.find(".... decision " + kId), std::string::npos) << message;
  }
}

TEST(Response, K15_Warnings) {
  const Policy policy = MakePolicy("p");
  for (const std::size_t count : {1U, 9U, 10U, 11U, 40U}) {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "\xc3\xa9";
    const std::vector<Finding> findings(count, MakeFinding(policy, kWarn, text));
    const Lines warnings = Respond("u", MakeDecision(findings)).warnings;
    EXPECT_EQ(warnings.size(), std::min<std::size_t>(count, 10));
    for (const std::string& warning : warnings) {
      EXPECT_LE(Runes(warning), 120U);
      EXPECT_TRUE(IsValidUtf8(warning));
    }
    EXPECT_EQ(warnings.front().substr(0, 6), "[p] \xc3\xa9");
    if (count > 10) {
      EXPECT_EQ(warnings.back(), fmt::format("... and {} more", count - 9));
    }
  }
}

TEST(Response, K15_AnnotationsStayBelowOneKibibyteAndNameNoPolicyInPart) {
  std::vector<Policy> policies;
  for (int i = 0; i < 40; ++i) policies.push_back(MakePolicy(fmt::format("policy-{:0>40}", i)));
  std::vector<Finding> findings;
  for (const Policy& policy : policies) findings.push_back(MakeFinding(policy, kAudit, "m"));
  for (const Policy& policy : policies) findings.push_back(MakeFinding(policy, kWarn, "m"));
  const AdmissionResponse response = Respond("u", MakeDecision(findings));
  std::string want;
  for (int i = 0; i < 21; ++i) want += policies[static_cast<std::size_t>(i)].name + ",";
  EXPECT_EQ(response.audit_annotations.back(),
            (std::pair<std::string, std::string>("policies", want + "...")));
  for (const auto& [key, value] : response.audit_annotations) {
    EXPECT_LE(value.size(), 1024U) << key;
    EXPECT_EQ(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string::npos) << key;
  }
}

TEST(Response, CodesAndReasonsOfErrors) {
  struct Case {
    Decision decision;
    int code;
    std::string reason;
    std::string message;
    Lines warnings;
  };
  const std::string end = ". decision " + kId;
  for (const Case& c :
       {Case{MakeFailure(400, "spec: wrong"), 400, "BadRequest", "spec: wrong" + end, {}},
        Case{MakeFailure(400, "spec: wrong", Path::kDetect),
             400,
             "BadRequest",
             "spec: wrong" + end,
             {}},
        Case{MakeFailure(500, "a bug"), 500, "InternalError", "a bug" + end, {}},
        Case{MakeFailure(500, "a bug", Path::kDetect), 0, "", "", {"tidewaiter: a bug"}}}) {
    const AdmissionResponse response = Respond("u", c.decision);
    EXPECT_EQ(response.code, c.code);
    EXPECT_EQ(response.reason, c.reason);
    EXPECT_EQ(response.message, c.message);
    EXPECT_EQ(response.warnings, c.warnings);
    EXPECT_EQ(response.allowed, c.code == 0);
  }
}

// What is made printable grows; the decision's id must not fall off the end for that.
TEST(Response, ALongErrorKeepsTheId) {
  for (const std::string piece : {"a", "\x01", "\xe2\x80\x8b", "\xf0\x9f\x98\x80"}) {
    std::string error;
    while (error.size() < 10'000) error += piece;
    const std::string message = Respond("u", MakeFailure(400, error)).message;
    EXPECT_LE(message.size(), 2048U);
    EXPECT_TRUE(IsValidUtf8(message));
    EXPECT_TRUE(message.ends_with(". decision " + kId)) << message;
  }
}

TEST(Response, K02_TheUidIsEchoed) {
  const std::string uid = "\"\\\n\x7f\xe2\x80\xa8\xf0\x9f\x98\x80</script>";
  EXPECT_NE(ToJson(Respond(uid, MakeDecision())).find("\"uid\":" + JsonText(uid) + ","),
            std::string::npos);
}

TEST(Response, SaysNothingToTheUserOfWhatIsExcused) {
  const PolicySet set = Load(
      PolicyText("priv", "privileged") +
      "---\napiVersion: tidewaiter.io/v1alpha1\nkind: PolicyException\nmetadata: {name: driver}\n"
      "spec:\n  policies: [priv]\n  match: {namespaces: [shop], containers: [app]}\n"
      "  owner: a\n  reason: b\n  expires: 2026-12-31\n");
  const AdmissionRequest request = Parsed(CreateText(
      "Pod", PodText(R"({"name":"app","image":"a","securityContext":{"privileged":true}})")));
  const AdmissionResponse response = Respond(
      "u",
      Evaluate(set, request, {.now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21)}));
  EXPECT_TRUE(response.allowed);
  EXPECT_TRUE(response.warnings.empty());
  EXPECT_EQ(response.message, "");
  std::string annotations;
  for (const auto& [key, value] : response.audit_annotations) {
    if (key != "decision-id" && key != "revision") annotations += key + "=" + value + " ";
  }
  EXPECT_EQ(annotations, "action=allow would=allow policies=priv ");
}

}  // namespace
}  // namespace tidewaiter
