#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

std::string PolicyObject(const std::string& spec) {
  return R"({"metadata":{"name":"web"},"spec":)" + spec + "}";
}

std::string PolicyUpdate(const std::string& old_spec, const std::string& spec,
                         const std::string& user = "jane") {
  return ReviewText({.operation = "UPDATE",
                     .kind = "NetworkPolicy",
                     .user = user,
                     .object = PolicyObject(spec),
                     .old_object = PolicyObject(old_spec)});
}

std::string PolicyDelete(const std::string& spec, const std::string& user = "jane") {
  return ReviewText({.operation = "DELETE",
                     .kind = "NetworkPolicy",
                     .user = user,
                     .old_object = PolicyObject(spec)});
}

std::string PodObject(const std::string& labels) {
  return R"({"metadata":{"name":"web","labels":)" + labels +
         R"(},"spec":{"containers":[{"name":"a"}]}})";
}

std::string PodUpdate(const std::string& old_labels, const std::string& labels,
                      const std::string& user = "jane") {
  return ReviewText({.operation = "UPDATE",
                     .user = user,
                     .object = PodObject(labels),
                     .old_object = PodObject(old_labels)});
}

const std::string kQuarantine =
    R"({"podSelector":{"matchExpressions":[{"key":"quarantine","operator":"Exists"}]},)"
    R"("policyTypes":["Ingress","Egress"]})";

TEST(IsolationRemoved, VS17_TheLabelOfAPod) {
  const PolicySet policies =
      Load(PolicyText("p", "isolationRemoved", "params: {responders: [eve, developers2]}"));
  const std::string field = "metadata.labels[quarantine]||pod \"web\" is in quarantine, and ";
  const std::string labelled = R"({"quarantine":"a-1"})";
  EXPECT_EQ(Violations(policies, PodUpdate(labelled, "{}")), Lines{field + "its label is removed"});
  EXPECT_EQ(Violations(policies, PodUpdate(labelled, R"({"quarantine":"no"})")),
            Lines{field + "its label is changed"});
  EXPECT_EQ(
      Violations(policies, ReviewText({.operation = "DELETE", .old_object = PodObject(labelled)})),
      Lines{field + "it is deleted"});
  for (const std::string& text :
       {PodUpdate(labelled, R"({"quarantine":"a-1","b":"c"})"), PodUpdate("{}", labelled),
        PodUpdate("{}", "{}"), PodUpdate(labelled, "{}", "eve"),
        ReviewText({.operation = "DELETE", .old_object = PodObject("{}")})}) {
    EXPECT_EQ(Violations(policies, text), Lines{}) << text;
  }
  const PolicySet own = Load(PolicyText(
      "p", "isolationRemoved", "params: {quarantineLabel: isolate, responders: [developers]}"));
  EXPECT_EQ(Violations(own, PodUpdate(R"({"isolate":"1"})", "{}")), Lines{});  // by the group
}

TEST(IsolationRemoved, VS17_ThePolicyOfTheQuarantine) {
  const PolicySet policies =
      Load(PolicyText("p", "isolationRemoved", "params: {responders: [eve]}"));
  EXPECT_EQ(Violations(policies, PolicyDelete(kQuarantine)),
            Lines{"spec.podSelector||the network policy \"web\" is deleted"});
  EXPECT_EQ(
      Violations(policies, PolicyDelete(R"({"podSelector":{"matchLabels":{"quarantine":"1"}}})"))
          .size(),
      1U);
  EXPECT_EQ(Violations(policies, PolicyDelete(kQuarantine, "eve")), Lines{});
  EXPECT_EQ(Violations(policies, PolicyDelete(R"({"podSelector":{}})")), Lines{});
  EXPECT_EQ(Violations(policies, PolicyUpdate(kQuarantine, R"({"podSelector":{}})")).size(), 2U);
}

TEST(IsolationRemoved, WhatWidensAPolicy) {
  const PolicySet policies =
      Load(PolicyText("p", "isolationRemoved", "params: {networkPolicies: all}"));
  const auto spec = [](const std::string& rest) {
    return R"({"podSelector":{"matchLabels":{"a":"b"}})" + rest + "}";
  };
  struct Case {
    std::string before;
    std::string now;
    Lines want;
  };
  const std::string rule = R"({"ports":[{"port":80,"protocol":"TCP"}]})";
  const std::string same_rule = R"({"ports":[{"protocol":"TCP","port":80}]})";
  const std::string other = R"({"from":[{"ipBlock":{"cidr":"0.0.0.0/0"}}]})";
  for (const Case& c : {
           Case{spec(""),
                spec(R"(,"ingress":[{}])"),
                {"spec.ingress||the policy has a new rule that lets ingress through"}},
           Case{spec(R"(,"ingress":[)" + rule + "]"),
                spec(R"(,"ingress":[)" + other + "," + same_rule + "]"),
                {"spec.ingress||the policy has a new rule that lets ingress through"}},
           Case{spec(R"(,"ingress":[)" + rule + "," + other + "]"),
                spec(R"(,"ingress":[)" + other + "," + same_rule + "]"),
                {}},
           Case{spec(R"(,"ingress":[)" + rule + "," + other + "]"),
                spec(R"(,"ingress":[)" + rule + "]"),
                {}},
           Case{spec(R"(,"policyTypes":["Ingress","Egress"])"),
                spec(R"(,"policyTypes":["Egress"])"),
                {"spec.policyTypes||the policy no longer closes ingress"}},
           // Egress is closed by its rules alone, and then opened as they go.
           Case{spec(R"(,"egress":[{}])"),
                spec(""),
                {"spec.policyTypes||the policy no longer closes egress"}},
           Case{spec(""), spec(R"(,"egress":[{}])"), {}},
           Case{spec(""),
                R"({"podSelector":{"matchLabels":{"a":"c"}}})",
                {"spec.podSelector||the policy selects other pods"}},
           Case{spec(""), spec(""), {}},
           Case{spec(R"(,"ingress":null)"), spec(R"(,"ingress":[])"), {}},
       }) {
    EXPECT_EQ(Violations(policies, PolicyUpdate(c.before, c.now)), c.want) << c.now;
  }
  EXPECT_EQ(Violations(policies, PolicyUpdate(spec(""), R"({"ingress":[1]})")),
            Lines{"refused: spec.ingress[0]: expected an object, got a number"});
}

}  // namespace
}  // namespace tidewaiter
