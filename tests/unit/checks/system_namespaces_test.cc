#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

// A pod in a namespace by a user, who is in one group.
std::string By(const std::string& user, const std::string& group,
               const std::string& name_space = "kube-system") {
  std::string text = ReviewText({.name_space = name_space,
                                 .user = user,
                                 .object = ObjectText("Pod", PodText(R"({"name":"a"})"))});
  const std::string groups = R"("groups":["developers"])";
  return text.replace(text.find(groups), groups.size(), R"("groups":[")" + group + R"("])");
}

TEST(SystemNamespaces, B43_WhoRunsTheClusterIsKnownByUserAndGroup) {
  struct Case {
    std::string user;
    std::string group;
    bool found;
  };
  const PolicySet policies =
      Load(PolicyText("p", "systemNamespaces", "params: {allowedUsers: [argo]}"));
  for (const Case& c : {
           Case{"system:node:n1", "system:nodes", false},
           Case{"system:node:n1", "system:nodesx", true},
           Case{"system:node", "system:nodes", true},
           Case{"jane", "system:nodes", true},
           Case{"system:serviceaccount:kube-system:a", "system:serviceaccounts:kube-system", false},
           Case{"system:serviceaccount:kube-system:a", "developers", true},
           Case{"system:serviceaccount:kube-systemx:a", "system:serviceaccounts:kube-systemx",
                true},
           Case{"system:serviceaccount:kube-system", "system:serviceaccounts:kube-system", true},
           Case{"system:kube-controller-manager", "", false},
           Case{"system:kube-scheduler", "", false},
           Case{"System:kube-scheduler", "", true},
           Case{"admin", "system:masters", true},
           Case{"argo", "", false},
           Case{"argo2", "", true},
       }) {
    EXPECT_EQ(!Violations(policies, By(c.user, c.group)).empty(), c.found)
        << c.user << " " << c.group;
  }
}

TEST(SystemNamespaces, B40_OnlyTheNamespacesThatAreNamed) {
  const PolicySet policies = Load(PolicyText("p", "systemNamespaces"));
  for (const std::string name : {"kube-system", "kube-public", "kube-node-lease"}) {
    EXPECT_EQ(Violations(policies, By("jane", "", name)),
              Lines{"metadata.namespace||\"" + name +
                    "\" is a namespace of the cluster itself, and this user does not run it"});
  }
  for (const std::string name : {"kube-systemx", "KUBE-SYSTEM", "kube", "shop"}) {
    EXPECT_EQ(Violations(policies, By("jane", "", name)), Lines{}) << name;
  }
  const PolicySet own = Load(PolicyText("p", "systemNamespaces", "params: {namespaces: [shop]}"));
  EXPECT_EQ(Violations(own, By("jane", "", "shop")).size(), 1U);
  EXPECT_EQ(Violations(own, By("jane", "", "kube-system")), Lines{});
}

TEST(SystemNamespaces, EveryKindThatHasAPodSpec) {
  const PolicySet policies = Load(PolicyText("p", "systemNamespaces"));
  for (const WorkloadKind& workload : WorkloadKinds()) {
    EXPECT_EQ(
        Violations(policies,
                   ReviewText({.kind = workload.kind,
                               .name_space = "kube-system",
                               .object = ObjectText(workload.kind, PodText(R"({"name":"a"})"))}))
            .size(),
        1U)
        << workload.kind;
  }
}

}  // namespace
}  // namespace tidewaiter
