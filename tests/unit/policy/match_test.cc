#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "webhook/policy/loader.h"
#include "webhook/policy/policy.h"

namespace tidewaiter {
namespace {

// CREATE of the pod shop-eu/web-1 by a developer.
AdmissionRequest Request() {
  AdmissionRequest request;
  request.kind = {"", "v1", "Pod"};
  request.resource = {"", "v1", "pods"};
  request.name_space = "shop-eu";
  request.name = "web-1";
  request.user.username = "jane";
  request.user.groups = {"developers", "system:authenticated"};
  return request;
}

Match AnyOperation() {
  Match match;
  match.operations = {Operation::kCreate, Operation::kUpdate, Operation::kDelete,
                      Operation::kConnect};
  return match;
}

template <class T>
std::vector<T> List(const std::vector<std::string>& texts) {
  std::vector<T> list;
  for (const std::string& text : texts) list.push_back(T{text});
  return list;
}

struct Case {
  std::vector<std::string> entries;
  bool matches;
};

std::string Shown(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) text += "[" + entry + "]";
  return text;
}

// Each case alone in one list of a match that holds otherwise.
template <class T>
void Expect(std::vector<T> Match::*list, const AdmissionRequest& request,
            const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    Match match = AnyOperation();
    match.*list = List<T>(c.entries);
    EXPECT_EQ(Matches(match, request), c.matches) << Shown(c.entries);
  }
}

TEST(Match, AnEmptyMatchHolds) { EXPECT_TRUE(Matches(AnyOperation(), Request())); }

TEST(Match, Operations) {
  constexpr Operation kAll[] = {Operation::kCreate, Operation::kUpdate, Operation::kDelete,
                                Operation::kConnect};
  for (const Operation listed : kAll) {
    for (const Operation sent : kAll) {
      Match match;
      match.operations = {listed};
      AdmissionRequest request = Request();
      request.operation = sent;
      EXPECT_EQ(Matches(match, request), listed == sent)
          << OperationName(listed) << " for " << OperationName(sent);
    }
  }
  EXPECT_FALSE(Matches(Match(), Request()));
}

TEST(Match, Kinds) {
  Expect(&Match::kinds, Request(),
         {{{"Pod"}, true},
          {{"Deployment", "Pod"}, true},
          {{"Deployment"}, false},
          {{"pod"}, false},
          {{"Po"}, false},
          {{"*"}, false}});
}

TEST(Match, KindsAreNotLookedAtForConnect) {
  // What is sent with CONNECT is PodExecOptions and the like, never the Pod.
  AdmissionRequest request = Request();
  request.operation = Operation::kConnect;
  request.kind = {"", "v1", "PodExecOptions"};
  request.sub_resource = "exec";
  Expect(&Match::kinds, request, {{{"Pod"}, true}, {{"Deployment"}, true}});
  Expect(&Match::resources, request, {{{"pods/exec"}, true}, {{"pods/attach"}, false}});
}

TEST(Match, Namespaces) {
  Expect(&Match::namespaces, Request(),
         {{{"shop-eu"}, true},
          {{"shop-*"}, true},
          {{"*"}, true},
          {{"shop-??"}, true},
          {{"*-eu", "x"}, true},
          {{"shop"}, false},
          {{"Shop-eu"}, false},
          {{"shop-?"}, false},
          {{"hop-eu"}, false},
          {{"shop-eu-*"}, false}});
}

TEST(Match, ClusterScopedObjectsHaveNoNamespace) {
  AdmissionRequest request = Request();
  request.name_space = "";
  Expect(&Match::namespaces, request, {{{"*"}, true}, {{"?*"}, false}, {{"default"}, false}});
  Expect(&Match::exclude_namespaces, request, {{{"kube-system"}, true}});
}

TEST(Match, B40_ExclusionComparesWholeNames) {
  struct Name {
    std::string_view name_space;
    bool matches;
  };
  for (const Name& name : std::vector<Name>{{"kube-system", false},
                                            {"kube-systemx", true},
                                            {"xkube-system", true},
                                            {"kube-syste", true},
                                            {"KUBE-SYSTEM", true},
                                            {"Kube-System", true},
                                            {"kube-evil", true},
                                            {" kube-system", true},
                                            {"", true}}) {
    Match match = AnyOperation();
    match.exclude_namespaces = {{"kube-system"}, {"kube-public"}};
    AdmissionRequest request = Request();
    request.name_space = name.name_space;
    EXPECT_EQ(Matches(match, request), name.matches) << name.name_space;
  }
}

TEST(Match, B40_APatternInAnExclusionExcludesNothing) {
  // The loader refuses it; were it to come through, it would still be no pattern.
  Expect(&Match::exclude_namespaces, Request(), {{{"*"}, true}, {{"shop-*"}, true}});
  Expect(&Match::exclude_users, Request(), {{{"*"}, true}, {{"jan?"}, true}});
  Expect(&Match::exclude_groups, Request(), {{{"*"}, true}, {{"system:*"}, true}});
}

TEST(Match, ExclusionWinsOverInclusion) {
  Match match = AnyOperation();
  match.namespaces = List<Glob>({"shop-*"});
  EXPECT_TRUE(Matches(match, Request()));
  match.exclude_namespaces = {{"shop-eu"}};
  EXPECT_FALSE(Matches(match, Request()));
}

TEST(Match, Names) {
  Expect(&Match::names, Request(),
         {{{"web-1"}, true},
          {{"web-*"}, true},
          {{"x", "web-?"}, true},
          {{"web"}, false},
          {{"WEB-1"}, false},
          {{"api-*"}, false}});
}

TEST(Match, GenerateNameCountsAsAPrefixAndAStar) {
  AdmissionRequest request = Request();
  request.name = "web-*";
  Expect(
      &Match::names, request,
      {{{"web-*"}, true}, {{"web*"}, true}, {{"*"}, true}, {{"web-1"}, false}, {{"web-"}, false}});
}

TEST(Match, TheNameOfAReviewWithGenerateName) {
  const std::string review = R"({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
      "request": {"uid": "u", "operation": "CREATE", "namespace": "shop-eu",
                  "kind": {"group": "", "version": "v1", "kind": "ConfigMap"},
                  "resource": {"group": "", "version": "v1", "resource": "configmaps"},
                  "object": {"metadata": {"generateName": "web-"}}}})";
  std::string uid;
  Diagnostics diagnostics;
  const auto request = ParseAdmissionReview(review, &uid, diagnostics);
  ASSERT_TRUE(request.has_value()) << diagnostics.Summary();
  EXPECT_EQ(request->name, "web-*");
  Expect(&Match::names, *request, {{{"web-*"}, true}, {{"api-*"}, false}});
}

TEST(Match, Users) {
  Expect(
      &Match::users, Request(),
      {{{"jane"}, true}, {{"j*"}, true}, {{"Jane"}, false}, {{"jan"}, false}, {{"janet"}, false}});
  AdmissionRequest request = Request();
  request.user.username = "system:serviceaccount:ci:builder";
  Expect(&Match::users, request,
         {{{"system:serviceaccount:ci:*"}, true},
          {{"system:serviceaccount:ci"}, false},
          {{"system:serviceaccount:*:builder"}, true}});
}

TEST(Match, ExcludeUsers) {
  Expect(&Match::exclude_users, Request(),
         {{{"jane"}, false},
          {{"joe", "jane"}, false},
          {{"Jane"}, true},
          {{"jan"}, true},
          {{"janet"}, true}});
}

TEST(Match, Groups) {
  Expect(&Match::groups, Request(),
         {{{"developers"}, true},
          {{"system:*"}, true},
          {{"x", "dev*"}, true},
          {{"Developers"}, false},
          {{"system:masters"}, false}});
  AdmissionRequest request = Request();
  request.user.groups.clear();
  Expect(&Match::groups, request, {{{"*"}, false}});
}

TEST(Match, ExcludeGroups) {
  Expect(&Match::exclude_groups, Request(),
         {{{"system:authenticated"}, false},
          {{"x", "developers"}, false},
          {{"system:masters"}, true},
          {{"DEVELOPERS"}, true},
          {{"developer"}, true}});
}

TEST(Match, Resources) {
  Expect(&Match::resources, Request(),
         {{{"pods"}, true},
          {{"services", "pods"}, true},
          {{"pods/exec"}, false},
          {{"pods/"}, false},
          {{"pod"}, false},
          {{"Pods"}, false},
          {{"*"}, false}});
}

TEST(Match, ResourcesWithASubresource) {
  AdmissionRequest request = Request();
  request.sub_resource = "ephemeralcontainers";
  Expect(&Match::resources, request,
         {{{"pods/ephemeralcontainers"}, true},
          {{"pods"}, false},
          {{"ephemeralcontainers"}, false},
          {{"pods/exec"}, false},
          {{"pods/*"}, false},
          {{"pods-ephemeralcontainers"}, false},
          {{"podsephemeralcontainers"}, false},
          {{"podsx/ephemeralcontainers"}, false},
          {{"pods/ephemeralcontainersx"}, false}});
}

TEST(Match, EveryConditionMustHold) {
  Match match = AnyOperation();
  match.kinds = {"Pod"};
  match.namespaces = List<Glob>({"shop-*"});
  match.exclude_namespaces = {{"shop-us"}};
  match.names = List<Glob>({"web-*"});
  match.users = List<Glob>({"jane"});
  match.exclude_users = {{"joe"}};
  match.groups = List<Glob>({"developers"});
  match.exclude_groups = {{"system:masters"}};
  match.resources = {"pods"};
  EXPECT_TRUE(Matches(match, Request()));
  const auto broken_by = [&](auto change) {
    AdmissionRequest request = Request();
    change(request);
    return !Matches(match, request);
  };
  EXPECT_TRUE(broken_by([](AdmissionRequest& r) { r.kind.kind = "Job"; }));
  EXPECT_TRUE(broken_by([](AdmissionRequest& r) { r.name_space = "default"; }));
  EXPECT_TRUE(broken_by([](AdmissionRequest& r) { r.name_space = "shop-us"; }));
  EXPECT_TRUE(broken_by([](AdmissionRequest& r) { r.name = "api"; }));
  EXPECT_TRUE(broken_by([](AdmissionRequest& r) { r.user.username = "joe"; }));
  EXPECT_TRUE(broken_by([](AdmissionRequest& r) { r.user.groups = {"others"}; }));
  EXPECT_TRUE(broken_by([](AdmissionRequest& r) { r.user.groups.push_back("system:masters"); }));
  EXPECT_TRUE(broken_by([](AdmissionRequest& r) { r.sub_resource = "exec"; }));
}

TEST(Match, ActionsByNamespaceFirstMatchWins) {
  Policy policy;
  policy.action = EnforcementAction::kDeny;
  policy.actions = {{List<Glob>({"team-a", "team-b"}), EnforcementAction::kAudit},
                    {List<Glob>({"team-*"}), EnforcementAction::kWarn},
                    {List<Glob>({"team-c"}), EnforcementAction::kAudit}};
  EXPECT_EQ(policy.ActionIn("team-a"), EnforcementAction::kAudit);
  EXPECT_EQ(policy.ActionIn("team-b"), EnforcementAction::kAudit);
  EXPECT_EQ(policy.ActionIn("team-c"), EnforcementAction::kWarn);
  EXPECT_EQ(policy.ActionIn("team-"), EnforcementAction::kWarn);
  EXPECT_EQ(policy.ActionIn("Team-a"), EnforcementAction::kDeny);
  EXPECT_EQ(policy.ActionIn("shop"), EnforcementAction::kDeny);
  EXPECT_EQ(policy.ActionIn(""), EnforcementAction::kDeny);
}

TEST(Match, NamesOfActionsAndSeverities) {
  EXPECT_EQ(ActionName(EnforcementAction::kAllow), "allow");
  EXPECT_EQ(ActionName(EnforcementAction::kAudit), "audit");
  EXPECT_EQ(ActionName(EnforcementAction::kWarn), "warn");
  EXPECT_EQ(ActionName(EnforcementAction::kDeny), "deny");
  EXPECT_EQ(SeverityName(Severity::kInfo), "info");
  EXPECT_EQ(SeverityName(Severity::kLow), "low");
  EXPECT_EQ(SeverityName(Severity::kMedium), "medium");
  EXPECT_EQ(SeverityName(Severity::kHigh), "high");
  EXPECT_EQ(SeverityName(Severity::kCritical), "critical");
}

}  // namespace
}  // namespace tidewaiter
