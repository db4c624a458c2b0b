#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies() { return Load(PolicyText("p", "privilegeGained")); }

std::string App(const std::string& security, const std::string& name = "app") {
  return R"({"name":")" + name + R"(","image":"nginx","securityContext":{)" + security + "}}";
}

Lines Gains(const std::string& kind, const std::string& before, const std::string& after) {
  return Violations(Policies(), UpdateText(kind, before, after));
}

const std::string kPrivileged = R"("privileged":true)";

TEST(PrivilegeGained, B33_B34_EveryPlaceOfAContainer) {
  const std::vector<Place> clean = PlacesOf(App(""));
  const std::vector<Place> places = PlacesOf(App(kPrivileged));
  ASSERT_EQ(clean.size(), places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    EXPECT_EQ(VerdictOfUpdate(Policies(), places[i].kind, clean[i].spec, places[i].spec),
              Lines{"deny p " + places[i].path + ".securityContext.privileged"});
    EXPECT_EQ(VerdictOfUpdate(Policies(), places[i].kind, places[i].spec, places[i].spec),
              Lines{"allow"});
    EXPECT_EQ(VerdictOfUpdate(Policies(), places[i].kind, places[i].spec, clean[i].spec),
              Lines{"allow"});
  }
}

TEST(PrivilegeGained, EveryPower) {
  const std::string field = "spec.template.spec.containers[0].securityContext.";
  struct Case {
    std::string security;
    std::string want;
  };
  for (const Case& c :
       {Case{kPrivileged, field + "privileged|app|container \"app\" becomes privileged"},
        Case{R"("windowsOptions":{"hostProcess":true})",
             field + "windowsOptions.hostProcess|app|container \"app\" becomes a process of its "
                     "Windows node"},
        Case{R"("capabilities":{"add":["CHOWN","cap_sys_admin"]})",
             field + "capabilities.add[1]|app|container \"app\" gains the capability "
                     "\"SYS_ADMIN\""},
        Case{R"("capabilities":{"add":["NET_BIND_SERVICE","KILL"]})", ""},
        Case{R"("privileged":false)", ""}, Case{R"("runAsUser":0)", ""}}) {
    EXPECT_EQ(Gains("Deployment", PodText(App("")), PodText(App(c.security))),
              c.want.empty() ? Lines{} : Lines{c.want})
        << c.security;
  }
  const auto with = [](const std::string& more) {
    return "{" + more + R"(,"containers":[{"name":"app"}]})";
  };
  const std::string clean = with(R"("hostNetwork":false)");
  for (const Case& c :
       {Case{R"("hostNetwork":true)",
             "spec.hostNetwork||the pod joins its node's network namespace"},
        Case{R"("hostPID":true)", "spec.hostPID||the pod joins its node's process namespace"},
        Case{R"("hostIPC":true)", "spec.hostIPC||the pod joins its node's IPC namespace"},
        Case{R"("securityContext":{"windowsOptions":{"hostProcess":true}})",
             "spec.securityContext.windowsOptions.hostProcess||the pod becomes a process of its "
             "Windows node"},
        Case{R"("volumes":[{"name":"v","hostPath":{"path":"/srv/"}}])",
             "spec.volumes[0].hostPath.path||volume \"v\" begins to mount \"/srv\" of the node"},
        Case{R"("volumes":[{"name":"v","emptyDir":{}}])", ""}}) {
    EXPECT_EQ(Gains("Pod", clean, with(c.security)), c.want.empty() ? Lines{} : Lines{c.want});
    EXPECT_EQ(Gains("Pod", with(c.security), with(c.security)), Lines{}) << c.security;
  }
}

TEST(PrivilegeGained, B51_ContainersAreComparedByListAndName) {
  const std::string other = R"({"name":"other","image":"nginx"})";
  // In another order, nothing is gained; another container that is privileged gains it.
  EXPECT_EQ(Gains("Pod", PodText(App(kPrivileged) + "," + other),
                  PodText(other + "," + App(kPrivileged))),
            Lines{});
  EXPECT_EQ(Gains("Pod", PodText(App(kPrivileged)), PodText(App(kPrivileged, "renamed"))),
            Lines{"spec.containers[0].securityContext.privileged|renamed|container \"renamed\" "
                  "becomes privileged"});
  EXPECT_EQ(
      Gains("Pod",
            R"({"initContainers":[)" + App(kPrivileged) + R"(],"containers":[)" + other + "]}",
            PodText(other + "," + App(kPrivileged))),
      Lines{"spec.containers[1].securityContext.privileged|app|container \"app\" becomes "
            "privileged"});
}

TEST(PrivilegeGained, B57_WhatWasThereDoesNotExcuseWhatIsNew) {
  EXPECT_EQ(Gains("Pod", PodText(App(R"("capabilities":{"add":["SYS_ADMIN"]})")),
                  PodText(App(R"("capabilities":{"add":["CAP_SYS_ADMIN","BPF"]})"))),
            Lines{"spec.containers[0].securityContext.capabilities.add[1]|app|container \"app\" "
                  "gains the capability \"BPF\""});
}

TEST(PrivilegeGained, OnlyUpdatesAreRead) {
  EXPECT_EQ(Verdict(Policies(), CreateText("Pod", PodText(App(kPrivileged)))), Lines{"allow"});
  EXPECT_EQ(
      Verdict(Policies(), ReviewText({.operation = "UPDATE",
                                      .object = ObjectText("Pod", PodText(App(kPrivileged)))})),
      Lines{"allow"});
}

}  // namespace
}  // namespace tidewaiter
