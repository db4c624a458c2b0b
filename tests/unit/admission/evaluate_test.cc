// How findings become a decision: actions, modes, updates, and what follows when judging fails.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;
using std::chrono::sys_days;
using std::chrono::year;

const std::string kBad =
    R"({"name":"bad","image":"evil.io/x","securityContext":{"privileged":true},)"
    R"("ports":[{"containerPort":80,"hostPort":80}]})";
const std::string kClean = R"({"name":"bad","image":"nginx"})";
const std::string kAllPolicies =
    PolicyText("privileged", "privileged") + PolicyText("ports", "hostPorts", "", "warn") +
    PolicyText("images", "imageRegistries", "params: {allow: [docker.io/library/*]}", "audit");

std::string Create(const std::string& container) { return CreateText("Pod", PodText(container)); }

struct Outcome {
  bool allowed;
  EnforcementAction action;
  EnforcementAction would;

  bool operator==(const Outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << (outcome.allowed ? "allowed, " : "refused, ") << ActionName(outcome.action)
             << ", would " << ActionName(outcome.would);
}

Outcome OutcomeOf(const Decision& decision) {
  return {decision.allowed, decision.action, decision.would};
}

Decision Decide(const PolicySet& policies, const std::string& json,
                const Circumstances& circumstances = {}) {
  return Evaluate(policies, Parsed(json), circumstances);
}

constexpr auto kAllow = EnforcementAction::kAllow;
constexpr auto kAudit = EnforcementAction::kAudit;
constexpr auto kWarn = EnforcementAction::kWarn;
constexpr auto kDeny = EnforcementAction::kDeny;

TEST(Evaluate, AllFindingsOfAllPoliciesInTheirOrder) {
  const PolicySet policies = Load(kAllPolicies);
  const Decision decision = Decide(policies, Create(kBad));
  EXPECT_EQ(Verdict(policies, Create(kBad)),
            (Lines{"deny privileged spec.containers[0].securityContext.privileged",
                   "warn ports spec.containers[0].ports[0].hostPort",
                   "audit images spec.containers[0].image"}));
  EXPECT_EQ(OutcomeOf(decision), (Outcome{false, kDeny, kDeny}));
  EXPECT_EQ(decision.error, "");
  EXPECT_EQ(decision.error_status, 0);
  for (const Finding& finding : decision.findings) EXPECT_EQ(finding.would, finding.action);
}

TEST(Evaluate, TheStrongestActionDecides) {
  struct Case {
    std::string container;
    Outcome want;
  };
  for (const Case& c :
       {Case{kClean, {true, kAllow, kAllow}},
        Case{R"({"name":"a","image":"evil.io/x"})", {true, kAudit, kAudit}},
        Case{R"({"name":"a","image":"nginx","ports":[{"hostPort":1}]})", {true, kWarn, kWarn}},
        Case{R"({"name":"a","image":"evil.io/x","ports":[{"hostPort":1}]})", {true, kWarn, kWarn}},
        Case{R"({"name":"a","image":"nginx","securityContext":{"privileged":true}})",
             {false, kDeny, kDeny}}}) {
    EXPECT_EQ(OutcomeOf(Decide(Load(kAllPolicies), Create(c.container))), c.want) << c.container;
  }
}

TEST(Evaluate, AuditModeRefusesNothingAndTellsWhatItWould) {
  const PolicySet policies = Load(kAllPolicies);
  const Decision decision = Decide(policies, Create(kBad), {.mode = Mode::kAudit});
  EXPECT_EQ(OutcomeOf(decision), (Outcome{true, kAudit, kDeny}));
  EXPECT_EQ(decision.mode, Mode::kAudit);
  ASSERT_EQ(decision.findings.size(), 3U);
  const EnforcementAction would[] = {kDeny, kWarn, kAudit};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(decision.findings[i].action, kAudit);
    EXPECT_EQ(decision.findings[i].would, would[i]);
  }
}

TEST(Evaluate, PoliciesApplyOnBothPathsAlike) {
  const PolicySet policies = Load(kAllPolicies);
  for (const Path path : {Path::kValidate, Path::kDetect}) {
    EXPECT_EQ(OutcomeOf(Decide(policies, Create(kBad), {.path = path})),
              (Outcome{false, kDeny, kDeny}));
  }
}

TEST(Evaluate, ActionsByNamespace) {
  const PolicySet policies =
      Load(PolicyText("p", "privileged",
                      "actions: [{namespaces: [team-*], action: warn}, {namespaces: [team-a, lab], "
                      "action: audit}]"));
  const auto in = [&](const std::string& name_space) {
    return OutcomeOf(Decide(policies, ReviewText({.name_space = name_space,
                                                  .object = ObjectText("Pod", PodText(kBad))})));
  };
  EXPECT_EQ(in("shop"), (Outcome{false, kDeny, kDeny}));
  EXPECT_EQ(in("team-a"), (Outcome{true, kWarn, kWarn}));
  EXPECT_EQ(in("lab"), (Outcome{true, kAudit, kAudit}));
  EXPECT_EQ(in("Lab"), (Outcome{false, kDeny, kDeny}));
  EXPECT_EQ(in("labs"), (Outcome{false, kDeny, kDeny}));
  EXPECT_EQ(in(""), (Outcome{false, kDeny, kDeny}));
}

TEST(Evaluate, APolicyThatDoesNotMatchSaysNothing) {
  const PolicySet policies =
      Load(PolicyText("p", "privileged", "match: {excludeNamespaces: [shop]}"));
  EXPECT_EQ(Verdict(policies, Create(kBad)), Lines{"allow"});
  EXPECT_EQ(OutcomeOf(Decide(PolicySet(), Create(kBad))), (Outcome{true, kAllow, kAllow}));
}

TEST(Evaluate, B57_TheOldDoesNotExcuseTheNew) {
  const PolicySet policies =
      Load(PolicyText("images", "imageRegistries", "params: {allow: [docker.io/library/*]}"));
  const auto debug = [](const std::string& image) {
    return R"({"containers":[{"name":"app","image":"evil.io/x"}],"ephemeralContainers":[{"name":"d",)"
           R"("image":")" +
           image + "\"}]}";
  };
  const auto update = [&](const std::string& image) {
    return ReviewText(
        {.operation = "UPDATE",
         .sub_resource = "ephemeralcontainers",
         .object = ObjectText("Pod", debug(image)),
         .old_object = ObjectText("Pod", PodText(R"({"name":"app","image":"evil.io/x"})"))});
  };
  EXPECT_EQ(Verdict(policies, update("evil.io/debug")),
            (Lines{"audit images spec.containers[0].image unchanged",
                   "deny images spec.ephemeralContainers[0].image"}));
  EXPECT_EQ(OutcomeOf(Decide(policies, update("evil.io/debug"))), (Outcome{false, kDeny, kDeny}));
  EXPECT_EQ(Verdict(policies, update("busybox")),
            Lines{"audit images spec.containers[0].image unchanged"});
  EXPECT_EQ(OutcomeOf(Decide(policies, update("busybox"))), (Outcome{true, kAudit, kAudit}));
}

TEST(Evaluate, B57_OnePolicyDoesNotExcuseAnother) {
  const std::string privileged =
      R"({"name":"bad","image":"nginx","securityContext":{"privileged":true}})";
  EXPECT_EQ(VerdictOfUpdate(Load(kAllPolicies), "Pod", PodText(privileged), PodText(kBad)),
            (Lines{"audit privileged spec.containers[0].securityContext.privileged unchanged",
                   "warn ports spec.containers[0].ports[0].hostPort",
                   "audit images spec.containers[0].image"}));
}

TEST(Evaluate, B58_WithoutAnOldObjectAllIsNew) {
  const PolicySet policies = Load(PolicyText("p", "privileged"));
  const std::string object = ObjectText("Pod", PodText(kBad));
  EXPECT_EQ(Verdict(policies, ReviewText({.operation = "UPDATE", .object = object})),
            Lines{"deny p spec.containers[0].securityContext.privileged"});
  EXPECT_EQ(Verdict(policies, ReviewText({.operation = "UPDATE", .old_object = object})),
            Lines{"refused: object: expected an object for UPDATE, got none"});
  EXPECT_EQ(Verdict(policies, ReviewText({})),
            Lines{"refused: object: expected an object for CREATE, got none"});
  // A CREATE has no past, whatever comes with it.
  EXPECT_EQ(Verdict(policies, ReviewText({.object = object, .old_object = object})),
            Lines{"deny p spec.containers[0].securityContext.privileged"});
}

TEST(Evaluate, OnUpdateAlways) {
  const PolicySet policies = Load(PolicyText("p", "privileged", "onUpdate: always"));
  const Decision decision = Decide(policies, UpdateText("Pod", PodText(kBad), PodText(kBad)));
  EXPECT_EQ(OutcomeOf(decision), (Outcome{false, kDeny, kDeny}));
  ASSERT_EQ(decision.findings.size(), 1U);
  // The log still tells that it is an old violation.
  EXPECT_TRUE(decision.findings[0].unchanged);
}

TEST(Evaluate, TheDecisionNamesItselfItsTimeAndItsPolicies) {
  const PolicySet policies = Load(kAllPolicies);
  const auto now = sys_days(year(2026) / 11 / 21) + std::chrono::hours(18);
  const Decision decision = Decide(policies, Create(kClean), {.now = now});
  const Decision another = Decide(policies, Create(kClean), {.now = now});
  EXPECT_EQ(decision.time, now);
  EXPECT_EQ(decision.policy_revision, policies.revision);
  EXPECT_EQ(decision.id.substr(0, 13), NewUuidV7(now).substr(0, 13));
  EXPECT_NE(decision.id, another.id);
}

TEST(Evaluate, ADeadlineThatPassesLeavesNoVerdict) {
  AdmissionRequest request = Parsed(Create(kClean));
  request.deadline = Deadline::At(Deadline::Clock::now() - std::chrono::seconds(1));
  const PolicySet policies = Load(kAllPolicies);
  struct Case {
    Path path;
    Mode mode;
    Outcome want;
  };
  for (const Case& c : {Case{Path::kValidate, Mode::kEnforce, {false, kDeny, kDeny}},
                        Case{Path::kDetect, Mode::kEnforce, {true, kWarn, kWarn}},
                        Case{Path::kValidate, Mode::kAudit, {true, kWarn, kDeny}},
                        Case{Path::kDetect, Mode::kAudit, {true, kWarn, kWarn}}}) {
    const Decision decision = Evaluate(policies, request, {.path = c.path, .mode = c.mode});
    EXPECT_EQ(OutcomeOf(decision), c.want);
    EXPECT_EQ(decision.error, "the request could not be judged in time");
    EXPECT_EQ(decision.error_status, 500);
    EXPECT_TRUE(decision.findings.empty());
    EXPECT_EQ(decision.policy_revision, policies.revision);
  }
}

// No policy is left out in silence when time runs out between two of them.
TEST(Evaluate, ADeadlineThatPassesAfterAFindingLeavesNoVerdict) {
  PolicySet policies = Load(PolicyText("a", "privileged") + PolicyText("b", "hostPorts"));
  policies.policies[0].check = [](const AdmissionRequest& request) {
    while (!request.deadline.passed()) {
    }
    return std::vector<Violation>{{"spec", "", "", "found"}};
  };
  AdmissionRequest request = Parsed(Create(kClean));
  request.deadline = Deadline::At(Deadline::Clock::now() + std::chrono::milliseconds(5));
  const Decision decision = Evaluate(policies, request, {.path = Path::kDetect});
  EXPECT_EQ(OutcomeOf(decision), (Outcome{true, kWarn, kWarn}));
  EXPECT_TRUE(decision.findings.empty());
}

// The shadow of a static pod: the annotation, a node's name and its group, all three.
TEST(Evaluate, MIR001_AMirrorPodIsNeverRefused) {
  struct Case {
    std::string annotations;
    std::string user;
    std::string group;
    bool refused;
  };
  const std::string mirror = R"({"kubernetes.io/config.mirror":"0123"})";
  const PolicySet policies = Load(kAllPolicies);
  for (const Case& c : {
           Case{mirror, "system:node:n1", "system:nodes", false},
           Case{"{}", "system:node:n1", "system:nodes", true},
           Case{R"({"kubernetes.io/config.source":"file"})", "system:node:n1", "system:nodes",
                true},
           Case{mirror, "jane", "system:nodes", true},
           Case{mirror, "system:node:n1", "developers", true},
           Case{mirror, "system:nodex", "system:nodes", true},
           Case{mirror, "jane", "developers", true},
       }) {
    std::string review =
        ReviewText({.user = c.user,
                    .object = R"({"metadata":{"name":"web","annotations":)" + c.annotations +
                              R"(},"spec":)" + PodText(kBad) + "}"});
    const std::string groups = R"("groups":["developers"])";
    review.replace(review.find(groups), groups.size(), R"("groups":[")" + c.group + R"("])");
    const Decision decision = Decide(policies, review);
    EXPECT_EQ(decision.findings.size(), 3U);
    EXPECT_EQ(OutcomeOf(decision),
              c.refused ? (Outcome{false, kDeny, kDeny}) : (Outcome{true, kAudit, kAudit}))
        << c.user << " " << c.annotations;
    for (const Finding& finding : decision.findings) EXPECT_EQ(finding.mirror_pod, !c.refused);
  }
  // Only a Pod has a shadow.
  EXPECT_FALSE(Decide(policies,
                      ReviewText({.kind = "PodTemplate",
                                  .user = "system:node:n1",
                                  .object = R"({"metadata":{"name":"web","annotations":)" + mirror +
                                            R"(},"template":{"spec":)" + PodText(kBad) + "}}"}))
                   .allowed);
}

TEST(Evaluate, WhatACheckThrowsIsLeftToTheCaller) {
  PolicySet policies = Load(PolicyText("a", "privileged"));
  policies.policies[0].check = [](const AdmissionRequest&) -> std::vector<Violation> {
    throw std::runtime_error("a bug");
  };
  EXPECT_THROW(Decide(policies, Create(kClean)), std::runtime_error);
}

TEST(FailedDecision, MalformedInputIsAlwaysRefused) {
  for (const Path path : {Path::kValidate, Path::kDetect}) {
    for (const Mode mode : {Mode::kEnforce, Mode::kAudit}) {
      const Decision decision = FailedDecision(PolicySet(), {path, mode, {}}, 400, "malformed");
      EXPECT_EQ(OutcomeOf(decision), (Outcome{false, kDeny, kDeny}));
      EXPECT_EQ(decision.error, "malformed");
      EXPECT_EQ(decision.error_status, 400);
      EXPECT_EQ(decision.mode, mode);
      EXPECT_EQ(decision.id.size(), 36U);
    }
  }
}

}  // namespace
}  // namespace tidewaiter
