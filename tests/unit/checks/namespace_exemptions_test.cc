#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

// A Namespace with these labels, `{...}`; without old ones a new one.
std::string NamespaceText(const std::string& labels, const std::string& old = "") {
  const auto object = [](const std::string& text) {
    return R"({"metadata":{"name":"shop","labels":)" + text + "}}";
  };
  return ReviewText({.operation = old.empty() ? "CREATE" : "UPDATE",
                     .kind = "Namespace",
                     .name = "shop",
                     .object = object(labels),
                     .old_object = old.empty() ? "null" : object(old)});
}

std::string Level(const std::string& level) {
  return level.empty() ? "{}" : R"({"pod-security.kubernetes.io/enforce":")" + level + R"("})";
}

TEST(NamespaceExemptions, VS17_LabelsByWhichWebhooksSkip) {
  const PolicySet policies = Load(PolicyText("p", "namespaceExemptions"));
  const std::string skip = R"({"admission.gatekeeper.sh/ignore":"a"})";
  const Lines found = {
      "metadata.labels[admission.gatekeeper.sh/ignore]||the label "
      "\"admission.gatekeeper.sh/ignore\" "
      "takes the namespace out of admission checks"};
  EXPECT_EQ(Violations(policies, NamespaceText(skip)), found);
  EXPECT_EQ(Violations(policies, NamespaceText(skip, "{}")), found);
  EXPECT_EQ(Violations(policies, NamespaceText(skip, R"({"admission.gatekeeper.sh/ignore":"b"})")),
            found);
  EXPECT_EQ(Violations(policies, NamespaceText(skip, skip)), Lines{});
  EXPECT_EQ(Violations(policies, NamespaceText("{}", skip)), Lines{});
  EXPECT_EQ(Violations(policies, NamespaceText(R"({"admission.gatekeeper.sh/ignored":"a"})")),
            Lines{});
  const PolicySet own = Load(PolicyText("p", "namespaceExemptions", "params: {labels: [skip]}"));
  EXPECT_EQ(Violations(own, NamespaceText(R"({"skip":""})")).size(), 1U);
  EXPECT_EQ(Violations(own, NamespaceText(skip)), Lines{});
}

TEST(NamespaceExemptions, VS17_LevelsOfPodSecurity) {
  struct Case {
    std::string before;
    std::string now;
    bool found;
  };
  const PolicySet policies = Load(PolicyText("p", "namespaceExemptions"));
  for (const Case& c : {
           Case{"restricted", "baseline", true},
           Case{"restricted", "privileged", true},
           Case{"baseline", "privileged", true},
           Case{"baseline", "", true},
           Case{"restricted", "", true},
           Case{"", "privileged", true},
           Case{"baseline", "restricted", false},
           Case{"privileged", "baseline", false},
           Case{"privileged", "", false},
           Case{"privileged", "privileged", false},
           Case{"baseline", "baseline", false},
           Case{"", "", false},
           Case{"", "baseline", false},
           // To the API server an unknown level is the strictest.
           Case{"restrictedx", "privileged", true},
           Case{"baseline", "Privileged", false},
       }) {
    EXPECT_EQ(!Violations(policies, NamespaceText(Level(c.now), Level(c.before))).empty(), c.found)
        << c.before << " " << c.now;
  }
  EXPECT_EQ(Violations(policies, NamespaceText(Level("privileged"))).size(), 1U);
  EXPECT_EQ(Violations(policies, NamespaceText(Level("baseline"))), Lines{});
}

TEST(NamespaceExemptions, OtherKindsWithTheLabelAreNone) {
  const PolicySet policies = Load(PolicyText("p", "namespaceExemptions"));
  EXPECT_EQ(
      Violations(policies, ReviewText({.kind = "ConfigMap",
                                       .object = R"({"metadata":{"name":"a","labels":)"
                                                 R"({"admission.gatekeeper.sh/ignore":"a"}}})"})),
      Lines{});
  EXPECT_EQ(Violations(policies, NamespaceText(R"({"a":1})")),
            Lines{"refused: metadata.labels.a: expected a string, got a number"});
}

}  // namespace
}  // namespace tidewaiter
