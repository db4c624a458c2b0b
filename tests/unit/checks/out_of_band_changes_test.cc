#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

std::string Update(const std::string& manager, const std::string& old_spec, const std::string& spec,
                   const std::string& user = "jane") {
  return ReviewText({.operation = "UPDATE",
                     .kind = "Deployment",
                     .user = user,
                     .object = ObjectText("Deployment", spec),
                     .old_object = ObjectText("Deployment", old_spec),
                     .more = R"("options":{"fieldManager":)" + JsonText(manager) + "},"});
}

const std::string kOld =
    PodText(R"({"name":"a","image":"app:1","env":[{"name":"K","value":"secret-1"}]})");
const std::string kNew =
    PodText(R"({"env":[{"name":"K","value":"secret-2"}],"image":"app:2","name":"a"})");

TEST(OutOfBandChanges, NamesPathsAndNeverValues) {
  const PolicySet policies = Load(PolicyText("p", "outOfBandChanges"));
  EXPECT_EQ(Violations(policies, Update("kubectl-edit", kOld, kNew)),
            Lines{"spec.template.spec.containers[0].env[0].value||changed by hand with "
                  "\"kubectl-edit\": containers[0].env[0].value, containers[0].image"});
  EXPECT_EQ(
      Violations(policies, Update("kubectl-patch", kOld, PodText(R"({"name":"a"},{"name":"b"})"))),
      Lines{"spec.template.spec.containers[0].env||changed by hand with \"kubectl-patch\": "
            "containers[0].env, containers[0].image, containers[1]"});
  EXPECT_EQ(
      Violations(policies,
                 Update("kubectl-set", PodText(R"({"name":"a"})"),
                        R"({"a":1,"b":2,"c":3,"d":4,"e":5,"containers":[{"name":"a"}]})")),
      Lines{"spec.template.spec.a||changed by hand with \"kubectl-set\": a, b, c, d and more"});
}

TEST(OutOfBandChanges, WhatIsNone) {
  const PolicySet policies = Load(PolicyText("p", "outOfBandChanges", "params: {deployers: [ci]}"));
  for (const std::string manager : {"helm", "argocd-controller", "kubectl-client-side-apply",
                                    "kubectl", "Kubectl-edit", "kubectl-edit2", ""}) {
    EXPECT_EQ(Violations(policies, Update(manager, kOld, kNew)), Lines{}) << manager;
  }
  EXPECT_EQ(Violations(policies, Update("kubectl-edit", kOld, kNew, "ci")), Lines{});
  EXPECT_EQ(Violations(policies, Update("kubectl-edit", kOld, kNew, "ci2")).size(), 1U);
  // Members in another order, and null for absent.
  EXPECT_EQ(Violations(policies, Update("kubectl-edit", PodText(R"({"name":"a","image":"x"})"),
                                        PodText(R"({"image":"x","env":null,"name":"a"})"))),
            Lines{});
  EXPECT_EQ(
      Violations(policies, ReviewText({.kind = "Deployment",
                                       .object = ObjectText("Deployment", kNew),
                                       .more = R"("options":{"fieldManager":"kubectl-edit"},)"})),
      Lines{});
  const PolicySet own =
      Load(PolicyText("p", "outOfBandChanges", "params: {fieldManagers: [\"my-*\"]}"));
  EXPECT_EQ(Violations(own, Update("my-tool", kOld, kNew)).size(), 1U);
  EXPECT_EQ(Violations(own, Update("kubectl-edit", kOld, kNew)), Lines{});
  EXPECT_EQ(Violations(policies, ReviewText({.object = ObjectText("Pod", kNew),
                                             .more = R"("options":{"fieldManager":1},)"})),
            Lines{"refused: request.options.fieldManager: expected a string, got a number"});
}

}  // namespace
}  // namespace tidewaiter
