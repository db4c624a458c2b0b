#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& rest = "") {
  return Load(PolicyText("p", "hostPorts", rest));
}

// A container named "app" with these entries of `ports`.
std::string App(const std::string& ports) {
  return R"({"name":"app","image":"nginx","ports":[)" + ports + "]}";
}
std::string Pod(const std::string& ports) { return CreateText("Pod", PodText(App(ports))); }
std::string Binds(const std::string& port) {
  return "|app|container \"app\" binds port " + port + " of its node";
}

TEST(HostPorts, B33_B34_EveryPlaceOfAContainer) {
  for (const Place& place : PlacesOf(App(R"({"containerPort":80,"hostPort":8080})"))) {
    EXPECT_EQ(Violations(Policies(), CreateText(place.kind, place.spec)),
              Lines{place.path + ".ports[0].hostPort" + Binds("8080/TCP")})
        << place.kind;
  }
  for (const Place& place : PlacesOf(App(R"({"containerPort":80})"))) {
    EXPECT_EQ(Violations(Policies(), CreateText(place.kind, place.spec)), Lines{}) << place.path;
  }
}

TEST(HostPorts, B49_Values) {
  const std::string field = "spec.containers[0].ports[0].hostPort";
  const std::string wrong = "refused: " + field + ": expected an integer of 32 bits, got a ";
  struct Case {
    std::string value;
    std::string want;  // empty: allowed
  };
  for (const Case& c :
       {Case{"0", ""}, Case{"null", ""}, Case{"-0", ""}, Case{"80", field + Binds("80/TCP")},
        Case{"65536", field + Binds("65536/TCP")}, Case{"-1", field + Binds("-1/TCP")},
        Case{"8080.0", wrong + "number"}, Case{"8.08e3", wrong + "number"},
        Case{"0.0", wrong + "number"}, Case{"4294967296", wrong + "number"},
        Case{"\"80\"", wrong + "string"}, Case{"\"0\"", wrong + "string"},
        Case{"false", wrong + "boolean"}}) {
    EXPECT_EQ(Violations(Policies(), Pod(R"({"containerPort":1,"hostPort":)" + c.value + "}")),
              c.want.empty() ? Lines{} : Lines{c.want})
        << c.value;
  }
  EXPECT_EQ(Violations(Policies(), Pod(R"({"containerPort":1})")), Lines{});
}

TEST(HostPorts, B39_UnderHostNetworkTheContainerPortCounts) {
  const auto spec = [](const std::string& ports) {
    return R"({"hostNetwork":true,"containers":[)" + App(ports) + "]}";
  };
  EXPECT_EQ(Violations(Policies(), CreateText("Deployment", spec(R"({"containerPort":80})"))),
            Lines{"spec.template.spec.containers[0].ports[0].containerPort" + Binds("80/TCP") +
                  " through hostNetwork"});
  // On a pod the API server has filled the hostPort in: that is one finding, not two.
  EXPECT_EQ(
      Violations(Policies(), CreateText("Pod", spec(R"({"containerPort":80,"hostPort":80})"))),
      Lines{"spec.containers[0].ports[0].hostPort" + Binds("80/TCP")});
  EXPECT_EQ(Violations(Policies(), CreateText("Deployment", spec(""))), Lines{});
  EXPECT_EQ(Violations(Policies(), CreateText("Deployment", spec(R"({"name":"none"})"))), Lines{});
}

TEST(HostPorts, B56_OnlyTheSecondPortOrContainer) {
  EXPECT_EQ(
      Violations(Policies(), Pod(R"({"containerPort":80},{"containerPort":81,"hostPort":81})")),
      Lines{"spec.containers[0].ports[1].hostPort" + Binds("81/TCP")});
  EXPECT_EQ(Violations(Policies(), CreateText("Pod", PodText(R"({"name":"a","ports":[{)"
                                                             R"("containerPort":80}]},)" +
                                                             App(R"({"hostPort":81})")))),
            Lines{"spec.containers[1].ports[0].hostPort" + Binds("81/TCP")});
}

TEST(HostPorts, EachPortOfAContainerOnce) {
  EXPECT_EQ(Violations(Policies(), Pod(R"({"containerPort":53,"hostPort":53,"protocol":"UDP"},)"
                                       R"({"containerPort":53,"hostPort":53,"protocol":"TCP"},)"
                                       R"({"containerPort":54,"hostPort":53,"protocol":null})")),
            (Lines{"spec.containers[0].ports[0].hostPort" + Binds("53/UDP"),
                   "spec.containers[0].ports[1].hostPort" + Binds("53/TCP")}));
}

TEST(HostPorts, AllowedPortsAndRanges) {
  const PolicySet policies = Policies("params: {allowed: [80, 30000-30002, \"443\"]}");
  for (const std::string port : {"80", "443", "30000", "30001", "30002"}) {
    EXPECT_EQ(Verdict(policies, Pod(R"({"hostPort":)" + port + "}")), Lines{"allow"}) << port;
  }
  for (const std::string port : {"79", "81", "29999", "30003", "-80", "65616"}) {
    EXPECT_EQ(Verdict(policies, Pod(R"({"hostPort":)" + port + "}")),
              Lines{"deny p spec.containers[0].ports[0].hostPort"})
        << port;
  }
  // Through hostNetwork, too.
  const std::string spec = R"({"hostNetwork":true,"containers":[)" +
                           App(R"({"containerPort":80},{"containerPort":82})") + "]}";
  EXPECT_EQ(Verdict(policies, CreateText("Job", spec)),
            Lines{"deny p spec.template.spec.containers[0].ports[1].containerPort"});
}

TEST(HostPorts, AHostileProtocolIsShownInPart) {
  EXPECT_EQ(Violations(Policies(), Pod(R"({"hostPort":80,"protocol":"\n0123456789abcdefgh"})")),
            Lines{"spec.containers[0].ports[0].hostPort" + Binds("80/\\n0123456789abcde")});
}

TEST(HostPorts, AnUpdateIsRefusedForWhatIsNew) {
  const auto spec = [](const std::string& ports) { return PodText(App(ports)); };
  const std::string field = "spec.template.spec.containers[0].ports[";
  struct Case {
    std::string before;
    std::string after;
    Lines want;
  };
  const std::string p80 = R"({"containerPort":80,"hostPort":80})";
  for (const Case& c :
       {Case{"", p80, {"deny p " + field + "0].hostPort"}},
        Case{p80, p80, {"audit p " + field + "0].hostPort unchanged"}},
        Case{p80,
             R"({"containerPort":81,"hostPort":81},)" + p80,
             {"deny p " + field + "0].hostPort", "audit p " + field + "1].hostPort unchanged"}},
        Case{p80, R"({"hostPort":80,"protocol":"UDP"})", {"deny p " + field + "0].hostPort"}},
        Case{p80,
             R"({"hostPort":80,"protocol":"TCP"})",
             {"audit p " + field + "0].hostPort unchanged"}},
        Case{p80, "", {"allow"}}}) {
    EXPECT_EQ(VerdictOfUpdate(Policies(), "Deployment", spec(c.before), spec(c.after)), c.want)
        << c.after;
  }
  // To write down what hostNetwork did anyway brings in nothing; to join hostNetwork does.
  const std::string joined = R"({"hostNetwork":true,"containers":[)";
  const std::string implied = joined + App(R"({"containerPort":80})") + "]}";
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Deployment", implied, joined + App(p80) + "]}"),
            Lines{"audit p " + field + "0].hostPort unchanged"});
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Deployment", spec(R"({"containerPort":80})"), implied),
            Lines{"deny p " + field + "0].containerPort"});
  // Another container that binds it is another violation.
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Deployment", spec(p80),
                            PodText(R"({"name":"b","ports":[)" + p80 + "]}")),
            Lines{"deny p " + field + "0].hostPort"});
}

}  // namespace
}  // namespace tidewaiter
