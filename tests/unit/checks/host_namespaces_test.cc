#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

const std::string kContainers = R"("containers":[{"name":"app","image":"nginx"}]})";

PolicySet Policies(const std::string& rest = "") {
  return Load(PolicyText("p", "hostNamespaces", rest));
}

std::string Spec(const std::string& members) { return "{" + members + kContainers; }

TEST(HostNamespaces, B39_EachOfThem) {
  struct Case {
    std::string members;
    Lines want;
  };
  const std::string network = "spec.hostNetwork||the pod shares its node's network namespace";
  const std::string pid = "spec.hostPID||the pod shares its node's process namespace";
  const std::string ipc = "spec.hostIPC||the pod shares its node's IPC namespace";
  for (const Case& c :
       {Case{R"("hostNetwork":true,)", {network}}, Case{R"("hostPID":true,)", {pid}},
        Case{R"("hostIPC":true,)", {ipc}},
        Case{R"("hostIPC":true,"hostPID":true,"hostNetwork":true,)", {network, pid, ipc}},
        Case{R"("hostNetwork":false,"hostPID":null,)", {}}, Case{"", {}},
        // Kubernetes is strict about letter case, and another namespace is no namespace of the
        // node.
        Case{R"("HostNetwork":true,"hostUsers":true,"shareProcessNamespace":true,)", {}}}) {
    EXPECT_EQ(Violations(Policies(), CreateText("Pod", Spec(c.members))), c.want) << c.members;
  }
}

TEST(HostNamespaces, B39_EveryKindOfTemplate) {
  for (const WorkloadKind& workload : WorkloadKinds()) {
    EXPECT_EQ(Violations(Policies(), CreateText(workload.kind, Spec(R"("hostNetwork":true,)"))),
              Lines{workload.path + ".hostNetwork||the pod shares its node's network namespace"});
    EXPECT_EQ(Violations(Policies(), CreateText(workload.kind, Spec(""))), Lines{})
        << workload.kind;
  }
}

TEST(HostNamespaces, B38_AnotherTypeIsRefused) {
  for (const std::string field : {"hostNetwork", "hostPID", "hostIPC"}) {
    EXPECT_EQ(Verdict(Policies(), CreateText("Pod", Spec("\"" + field + R"(":"yes",)"))),
              Lines{"refused: spec." + field + ": expected a boolean, got a string"});
    EXPECT_EQ(Verdict(Policies(), CreateText("Pod", Spec("\"" + field + R"(":1,)"))),
              Lines{"refused: spec." + field + ": expected a boolean, got a number"});
  }
}

TEST(HostNamespaces, TheParameterChoosesNamespaces) {
  const std::string all =
      CreateText("Pod", Spec(R"("hostNetwork":true,"hostPID":true,"hostIPC":true,)"));
  EXPECT_EQ(Verdict(Policies("params: {namespaces: [ipc, pid]}"), all),
            (Lines{"deny p spec.hostIPC", "deny p spec.hostPID"}));
  EXPECT_EQ(Verdict(Policies("params: {namespaces: [network]}"), all),
            Lines{"deny p spec.hostNetwork"});
}

TEST(HostNamespaces, AnUpdateIsRefusedForWhatIsNew) {
  const std::string network = Spec(R"("hostNetwork":true,)");
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Deployment", Spec(""), network),
            Lines{"deny p spec.template.spec.hostNetwork"});
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Deployment", network, network),
            Lines{"audit p spec.template.spec.hostNetwork unchanged"});
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Deployment", network, Spec("")), Lines{"allow"});
  // One namespace of the node does not excuse another.
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Deployment", network,
                            Spec(R"("hostNetwork":true,"hostPID":true,)")),
            (Lines{"audit p spec.template.spec.hostNetwork unchanged",
                   "deny p spec.template.spec.hostPID"}));
}

TEST(HostNamespaces, OtherObjectsAreNotLookedAt) {
  EXPECT_EQ(Verdict(Policies(), CreateText("ConfigMap", R"({"hostNetwork":true})")),
            Lines{"allow"});
  EXPECT_EQ(Verdict(Policies(), CreateText("Service", R"({"hostNetwork":true})")), Lines{"allow"});
}

}  // namespace
}  // namespace tidewaiter
