#include "webhook/policy/exception.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/support/requests.h"
#include "webhook/admission/decision.h"
#include "webhook/base/clock.h"
#include "webhook/policy/excuse.h"

namespace tidewaiter {
namespace {

const std::string kNow = "2026-11-21T12:00:00Z";  // a Saturday

std::string ExceptionText(const std::string& match, const std::string& rest = "",
                          const std::string& expires = "2027-03-31",
                          const std::string& name = "e") {
  return "---\napiVersion: tidewaiter.io/v1alpha1\nkind: PolicyException\nmetadata: {name: " +
         name + "}\nspec:\n  policies: [priv]\n  owner: a\n  reason: b\n  expires: " + expires +
         "\n  match: {" + match + "}\n" + rest;
}

PolicySet Set(const std::string& exceptions) {
  return Load(PolicyText("priv", "privileged") + PolicyText("ports", "hostPorts") +
              PolicyText("net", "hostNamespaces") + exceptions);
}

// The policies that deny, and those that are excused with their exceptions: "net, priv by e".
std::string Outcome(const PolicySet& set, const AdmissionRequest& request,
                    const std::string& now = kNow) {
  const Decision decision = Evaluate(set, request, {.now = *ParseTime(now)});
  std::string text;
  for (const Finding& finding : decision.findings) {
    if (!text.empty()) text += ", ";
    text += finding.policy->name;
    if (finding.exception != nullptr) {
      text += " by " + finding.exception->name;
      EXPECT_EQ(finding.action, EnforcementAction::kAllow);
      EXPECT_EQ(finding.would, EnforcementAction::kAllow);
    } else {
      EXPECT_EQ(finding.action, EnforcementAction::kDeny);
    }
  }
  return text;
}

std::string PrivilegedContainer(const std::string& name, const std::string& image) {
  return R"({"name":")" + name + R"(","image":")" + image +
         R"(","securityContext":{"privileged":true}})";
}

// CREATE of the Pod shop/web by jane: a privileged container "app" and a plain one.
const std::string kSpec = R"({"containers":[)" + PrivilegedContainer("app", "quay.io/acme/app:1") +
                          R"(,{"name":"proxy","image":"quay.io/mesh/proxy:1"}]})";

AdmissionRequest Request(const std::string& spec = kSpec, const std::string& kind = "Pod") {
  return Parsed(CreateText(kind, spec));
}

TEST(Exception, EachConditionAlone) {
  struct Case {
    std::string match;  // beside the namespace
    bool excused;
  };
  const std::vector<Case> cases = {
      {"", true},
      {"kinds: [Pod]", true},
      {"kinds: [DaemonSet, Pod]", true},
      {"kinds: [DaemonSet]", false},
      {"names: [web]", true},
      {"names: [\"w*\"]", true},
      {"names: [\"w?b\"]", true},
      {"names: [we]", false},
      {"names: [WEB]", false},
      {"users: [jane]", true},
      {"users: [jan]", false},
      {"containers: [app]", true},
      {"containers: [other, app]", true},
      {"containers: [proxy]", false},
      {"images: [quay.io/acme/app]", true},
      {"images: [\"quay.io/acme/*\"]", true},
      {"images: [quay.io/acme/ap]", false},
      {"images: [docker.io/acme/app]", false},
      {"images: [quay.io/mesh/proxy]", false},
      {"kinds: [Pod], names: [web], users: [jane], containers: [app], images: [quay.io/acme/app]",
       true},
      {"kinds: [Pod], names: [web], users: [jane], containers: [app], images: [quay.io/mesh/proxy]",
       false},
      {"kinds: [Pod], names: [other], users: [jane]", false},
  };
  for (const Case& c : cases) {
    const std::string more = c.match.empty() ? "" : ", " + c.match;
    EXPECT_EQ(Outcome(Set(ExceptionText("namespaces: [shop]" + more)), Request()),
              c.excused ? "priv by e" : "priv")
        << c.match;
  }
  EXPECT_EQ(Outcome(Set(ExceptionText("namespaces: [shop-eu, sho]")), Request()), "priv");
  EXPECT_EQ(Outcome(Set(ExceptionText("namespaces: [other, shop]")), Request()), "priv by e");
}

TEST(Exception, TheNamespaceIsThatOfTheRequest) {
  AdmissionRequest request = Request();
  request.name_space = "other";
  EXPECT_EQ(Outcome(Set(ExceptionText("namespaces: [shop]")), request), "priv");
  request.name_space = "";
  EXPECT_EQ(Outcome(Set(ExceptionText("namespaces: [shop]")), request), "priv");
}

TEST(Exception, OnlyTheNamedPolicies) {
  const std::string spec = R"({"hostNetwork":true,"containers":[)" +
                           PrivilegedContainer("app", "quay.io/acme/app:1") + "]}";
  EXPECT_EQ(Outcome(Set(ExceptionText("namespaces: [shop]")), Request(spec)), "priv by e, net");
}

TEST(Exception, ANameThatIsStillToBeChosen) {
  const auto outcome = [](const std::string& pattern) {
    AdmissionRequest request = Request();
    request.name = "web-*";
    return Outcome(Set(ExceptionText("namespaces: [shop], names: [\"" + pattern + "\"]")), request);
  };
  EXPECT_EQ(outcome("web-*"), "priv by e");
  EXPECT_EQ(outcome("*"), "priv by e");
  EXPECT_EQ(outcome("we?-*"), "priv by e");
  EXPECT_EQ(outcome("web-?"), "priv");
  EXPECT_EQ(outcome("web-1"), "priv");
  EXPECT_EQ(outcome("web-1*"), "priv");
}

TEST(Exception, AFindingOfAContainerLooksAtThatContainer) {
  const PolicySet set = Set(ExceptionText("namespaces: [shop], images: [quay.io/acme/app]"));
  const std::string two = R"({"containers":[)" + PrivilegedContainer("app", "quay.io/acme/app:1") +
                          "," + PrivilegedContainer("evil", "quay.io/evil/app:1") + "]}";
  EXPECT_EQ(Outcome(set, Request(two)), "priv by e, priv");
  const std::string init = R"({"initContainers":[)" +
                           PrivilegedContainer("i", "quay.io/evil/app:1") +
                           R"(],"containers":[{"name":"c","image":"quay.io/acme/app:1"}]})";
  EXPECT_EQ(Outcome(set, Request(init)), "priv");
  // A container may bear the name of another; its own image counts.
  const std::string twins =
      R"({"initContainers":[)" + PrivilegedContainer("app", "quay.io/evil/app:1") +
      R"(],"containers":[)" + PrivilegedContainer("app", "quay.io/acme/app:1") + "]}";
  EXPECT_EQ(Outcome(set, Request(twins)), "priv, priv by e");
  // The same inside a template.
  EXPECT_EQ(Outcome(set, Request(two, "CronJob")), "priv by e, priv");
}

TEST(Exception, AFindingOfThePodLooksAtEveryContainer) {
  const auto outcome = [](const std::string& match, const std::string& images) {
    std::string text = ExceptionText("namespaces: [shop], " + match);
    text.replace(text.find("[priv]"), 6, "[net]");
    return Outcome(Set(text), Request(R"({"hostNetwork":true,)" + images + "}"));
  };
  const std::string one = R"("containers":[{"name":"a","image":"quay.io/acme/app:1"}])";
  const std::string other = R"("containers":[{"name":"a","image":"quay.io/acme/app:1"},)"
                            R"({"name":"b","image":"quay.io/evil/app:1"}])";
  const std::string init = one + R"(,"initContainers":[{"name":"b","image":"quay.io/evil/app:1"}])";
  const std::string volume = one + R"(,"volumes":[{"name":"v","image":{"reference":"evil"}}])";
  const std::string image = "images: [quay.io/acme/app]";
  EXPECT_EQ(outcome(image, one), "net by e");
  EXPECT_EQ(outcome(image, other), "net");
  EXPECT_EQ(outcome(image, init), "net");
  EXPECT_EQ(outcome(image, volume), "net");
  EXPECT_EQ(outcome("containers: [a]", one), "net by e");
  EXPECT_EQ(outcome("containers: [a]", other), "net");
  EXPECT_EQ(outcome("containers: [a, b]", init), "net by e");
}

TEST(Exception, WhatNamesNoImageIsNotExcusedByImage) {
  const PolicySet set = Set(ExceptionText("namespaces: [shop], images: [\"docker.io/library/*\"]"));
  EXPECT_EQ(Outcome(set, Request(PodText(PrivilegedContainer("a", "nginx")))), "priv by e");
  for (const std::string& image :
       {std::string("UPPER"), std::string(""), "sha256:" + std::string(64, 'a')}) {
    EXPECT_EQ(Outcome(set, Request(PodText(PrivilegedContainer("a", image)))), "priv") << image;
  }
}

TEST(Exception, TwoAreNeverCombined) {
  const std::string first =
      ExceptionText("namespaces: [shop], containers: [app]", "", "2027-03-31", "container");
  const std::string half = ExceptionText("namespaces: [shop], containers: [app], users: [tom]", "",
                                         "2027-03-31", "half");
  const std::string rest = ExceptionText("namespaces: [shop], containers: [proxy], users: [jane]",
                                         "", "2027-03-31", "rest");
  EXPECT_EQ(Outcome(Set(half + rest), Request()), "priv");
  EXPECT_EQ(Outcome(Set(half + rest + first), Request()), "priv by container");
}

TEST(Exception, ItsEndIsTheSameSecondForAll) {
  const auto outcome = [](const std::string& expires, const std::string& now) {
    return Outcome(Set(ExceptionText("namespaces: [shop]", "", expires)), Request(), now);
  };
  EXPECT_EQ(outcome("2026-11-21", "2026-11-21T23:59:59Z"), "priv by e");
  EXPECT_EQ(outcome("2026-11-21", "2026-11-22T00:00:00Z"), "priv");
  EXPECT_EQ(outcome("2026-11-21T12:00:00Z", "2026-11-21T11:59:59Z"), "priv by e");
  EXPECT_EQ(outcome("2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z"), "priv");
  EXPECT_EQ(outcome("2026-11-21T14:00:00+02:00", "2026-11-21T11:59:59Z"), "priv by e");
  EXPECT_EQ(outcome("2026-11-21T14:00:00+02:00", "2026-11-21T12:00:00Z"), "priv");
}

TEST(Exception, AnOverLongOneHasNoEffect) {
  const auto outcome = [](const std::string& expires, const std::string& now) {
    return Outcome(Set(ExceptionText("namespaces: [shop]", "", expires)), Request(), now);
  };
  EXPECT_EQ(outcome("2027-11-22", kNow), "priv by e");
  EXPECT_EQ(outcome("2027-11-23", kNow), "priv");
  EXPECT_EQ(outcome("2027-11-23T00:00:00Z", kNow), "priv by e");
  EXPECT_EQ(outcome("2027-11-23T00:00:01Z", kNow), "priv");
  EXPECT_EQ(outcome("2027-11-23", "2026-11-22T00:00:00Z"), "priv by e");
}

TEST(Exception, Windows) {
  struct Case {
    std::string window;
    std::string now;
    bool excused;
  };
  const std::string night = "{days: [Sat], from: \"22:00\", to: \"02:00\"}";
  const std::string day = "{days: [Sat, Sun], from: \"08:00\", to: \"18:30\"}";
  const std::vector<Case> cases = {
      {night, "2026-11-21T21:59:59Z", false},
      {night, "2026-11-21T22:00:00Z", true},
      {night, "2026-11-21T23:59:59Z", true},
      {night, "2026-11-22T01:59:59Z", true},  // Sunday morning belongs to Saturday
      {night, "2026-11-22T02:00:00Z", false},
      {night, "2026-11-21T01:00:00Z", false},  // Saturday morning belongs to Friday
      {night, "2026-11-22T22:00:00Z", false},
      {day, "2026-11-21T07:59:59Z", false},
      {day, "2026-11-21T08:00:00Z", true},
      {day, "2026-11-21T18:29:59Z", true},
      {day, "2026-11-21T18:30:00Z", false},
      {day, "2026-11-22T12:00:00Z", true},
      {day, "2026-11-23T12:00:00Z", false},
      {"{days: [Sat]}", "2026-11-21T00:00:00Z", true},
      {"{days: [Sat]}", "2026-11-21T23:59:59Z", true},
      {"{days: [Sat]}", "2026-11-22T00:00:00Z", false},
      {"{from: \"23:00\"}", "2026-11-24T23:30:00Z", true},
      {"{from: \"23:00\"}", "2026-11-24T00:00:00Z", false},
      {"{to: \"01:00\"}", "2026-11-24T00:00:00Z", true},
      {"{to: \"01:00\"}", "2026-11-24T01:00:00Z", false},
      {"{from: \"22:00\", to: \"00:00\"}", "2026-11-24T23:59:59Z", true},
      {"{from: \"22:00\", to: \"00:00\"}", "2026-11-25T00:00:00Z", false},
  };
  for (const Case& c : cases) {
    const PolicySet set = Set(ExceptionText("namespaces: [shop]", "  window: " + c.window + "\n"));
    EXPECT_EQ(Outcome(set, Request(), c.now), c.excused ? "priv by e" : "priv")
        << c.window << " at " << c.now;
  }
}

TEST(Exception, InAuditModeToo) {
  const PolicySet set = Set(ExceptionText("namespaces: [shop]"));
  const Decision decision =
      Evaluate(set, Request(), {.mode = Mode::kAudit, .now = *ParseTime(kNow)});
  ASSERT_EQ(decision.findings.size(), 1U);
  EXPECT_EQ(decision.findings[0].action, EnforcementAction::kAllow);
  EXPECT_EQ(decision.action, EnforcementAction::kAllow);
  EXPECT_EQ(decision.would, EnforcementAction::kAllow);
}

}  // namespace
}  // namespace tidewaiter
