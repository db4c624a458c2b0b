#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& more = "") {
  return Load(PolicyText(
      "p", "hostPaths",
      "params: {sensitive: [/etc, /var/lib/kubelet, /var/run/docker.sock]" + more + "}"));
}

std::string Volume(const std::string& path, const std::string& name = "v") {
  return R"({"name":")" + name + R"(","hostPath":{"path":)" + JsonText(path) + "}}";
}
std::string Spec(const std::string& volumes, const std::string& container = "{\"name\":\"app\"}",
                 const std::string& init = "") {
  return R"({"volumes":[)" + volumes + R"(],"containers":[)" + container +
         R"(],"initContainers":[)" + init + "]}";
}
std::string Pod(const std::string& volumes) { return CreateText("Pod", Spec(volumes)); }
std::string Mounting(const std::string& mounts) {
  return R"({"name":"app","volumeMounts":[)" + mounts + "]}";
}

const std::string kField = "spec.volumes[0].hostPath.path";

TEST(HostPaths, EveryKindOfWorkload) {
  for (const WorkloadKind& workload : WorkloadKinds()) {
    EXPECT_EQ(Violations(Policies(),
                         CreateText(workload.kind, Spec(R"({"name":"tmp"},)" + Volume("/etc")))),
              Lines{workload.path + R"(.volumes[1].hostPath.path||volume "v" mounts "/etc" of the )"
                                    "node"})
        << workload.kind;
    EXPECT_EQ(Violations(Policies(), CreateText(workload.kind, Spec(Volume("/srv/data")))),
              Lines{});
  }
}

TEST(HostPaths, B47_PathsAsTheNodeResolvesThem) {
  struct Case {
    std::string path;
    std::string want;  // behind `volume "v" mounts `; empty: allowed
  };
  const std::string holds_etc = " of the node, which holds /etc";
  for (const Case& c : {
           Case{"/", "\"/\"" + holds_etc},
           Case{"", "\"/\"" + holds_etc},
           Case{"//", "\"/\"" + holds_etc},
           Case{"/..", "\"/\"" + holds_etc},
           Case{"/etc/", "\"/etc\" of the node"},
           Case{"etc", "\"/etc\" of the node"},
           Case{"//etc/./", "\"/etc\" of the node"},
           Case{"/srv/../etc", "\"/etc\" of the node"},
           Case{"/srv/../../../etc/ssh", "\"/etc/ssh\" of the node, which lies below /etc"},
           Case{"/var", "\"/var\" of the node, which holds /var/lib/kubelet"},
           Case{"/var/run/", "\"/var/run\" of the node, which holds /var/run/docker.sock"},
           Case{"/var/run/docker.sock", "\"/var/run/docker.sock\" of the node"},
           Case{"/var/lib/kubelet/pods",
                "\"/var/lib/kubelet/pods\" of the node, which lies below /var/lib/kubelet"},
           Case{"/etcd", ""},
           Case{"/var/lib/kubelet2", ""},
           Case{"/var/log", ""},
           Case{"/srv/etc", ""},
           Case{"/ETC", ""},
       }) {
    EXPECT_EQ(Violations(Policies(), Pod(Volume(c.path))),
              c.want.empty() ? Lines{} : Lines{kField + "||volume \"v\" mounts " + c.want})
        << c.path;
  }
}

TEST(HostPaths, B47_OtherVolumesAndOtherTypes) {
  EXPECT_EQ(Violations(Policies(), Pod(R"({"name":"v","hostPath":null})")), Lines{});
  EXPECT_EQ(Violations(Policies(), Pod(R"({"name":"v","hostPath":{}})")),
            Lines{kField + R"(||volume "v" mounts "/" of the node, which holds /etc)"});
  EXPECT_EQ(
      Violations(Policies(), Pod(R"({"name":"v","persistentVolumeClaim":{"claimName":"c"}})")),
      Lines{});
  EXPECT_EQ(Violations(Policies(), Pod(R"({"name":"v","hostPath":{"path":7}})")),
            Lines{"refused: " + kField + ": expected a string, got a number"});
  EXPECT_EQ(Violations(Policies(), Pod(R"({"name":"v","hostPath":"/etc"})")),
            Lines{"refused: spec.volumes[0].hostPath: expected an object, got a string"});
}

TEST(HostPaths, WhatAnotherPolicyTellsIsLeftOut) {
  const PolicySet policies = Policies(", except: [/etc/kubernetes]");
  for (const std::string path : {"/", "/etc", "/etc/kubernetes", "/etc/kubernetes/pki"}) {
    EXPECT_EQ(Verdict(policies, Pod(Volume(path))), Lines{"allow"}) << path;
  }
  for (const std::string path : {"/etc/ssh", "/etc/kubernetes2", "/var/lib/kubelet"}) {
    EXPECT_EQ(Verdict(policies, Pod(Volume(path))), Lines{"deny p " + kField}) << path;
  }
}

TEST(HostPaths, ReadOnlyIsWhatNoMountMayWrite) {
  const std::string ro = R"({"name":"v","readOnly":true})";
  const std::string rw = R"({"name":"v"})";
  struct Case {
    std::string mounts;
    std::string init;
    bool read_only;
  };
  for (const Case& c :
       {Case{ro, "", true}, Case{ro + "," + ro, Mounting(ro), true}, Case{rw, "", false},
        Case{R"({"name":"v","readOnly":false})", "", false}, Case{ro + "," + rw, "", false},
        Case{ro, Mounting(rw), false}, Case{"", "", false},
        Case{R"({"name":"other","readOnly":true})", "", false}}) {
    const std::string pod = CreateText("Pod", Spec(Volume("/etc"), Mounting(c.mounts), c.init));
    const Lines found{"deny p " + kField};
    const Lines none{"allow"};
    EXPECT_EQ(Verdict(Policies(), pod), found);
    EXPECT_EQ(Verdict(Policies(", mounts: readOnly"), pod), c.read_only ? found : none) << c.mounts;
    EXPECT_EQ(Verdict(Policies(", mounts: writable"), pod), c.read_only ? none : found) << c.mounts;
  }
}

TEST(HostPaths, AnUpdateIsRefusedForWhatIsNew) {
  const std::string field = "spec.template." + kField;
  EXPECT_EQ(VerdictOfUpdate(Policies(), "DaemonSet", Spec(Volume("/etc")), Spec(Volume("//etc/"))),
            Lines{"audit p " + field + " unchanged"});
  EXPECT_EQ(
      VerdictOfUpdate(Policies(), "DaemonSet", Spec(Volume("/etc/ssl")), Spec(Volume("/etc"))),
      Lines{"deny p " + field});
  EXPECT_EQ(VerdictOfUpdate(Policies(), "DaemonSet", Spec(Volume("/etc")),
                            Spec(Volume("/srv", "other") + "," + Volume("/etc"))),
            Lines{"audit p spec.template.spec.volumes[1].hostPath.path unchanged"});
}

TEST(HostPaths, ThousandsOfVolumesTakeLinearTime) {
  std::string volumes;
  std::string mounts;
  for (int i = 0; i < 5'000; ++i) {
    const std::string name = "v" + std::to_string(i);
    volumes += (i ? "," : "") + Volume("/srv/a/../b", name);
    mounts += std::string(i ? "," : "") + R"({"name":")" + name + R"(","readOnly":true})";
  }
  EXPECT_EQ(
      Verdict(Policies(", mounts: writable"),
              CreateText("Pod", Spec(volumes + "," + Volume("/etc", "last"), Mounting(mounts)))),
      Lines{"deny p spec.volumes[5000].hostPath.path"});
}

TEST(HostPaths, MistakesInThePolicy) {
  EXPECT_EQ(
      Mistakes(PolicyText("p", "hostPaths", "params: {sensitive: [etc, /var/, /a/../b]}")),
      "\"etc\" is no path from the root in its shortest form; write /etc; \"/var/\" is no path "
      "from "
      "the root in its shortest form; write /var; \"/a/../b\" is no path from the root in its "
      "shortest form; write /b");
}

}  // namespace
}  // namespace tidewaiter
