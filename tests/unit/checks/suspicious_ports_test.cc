#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies() {
  return Load(PolicyText("p", "suspiciousPorts", "params: {ports: [22, 4444, 31337-31340]}"));
}

std::string App(const std::string& ports) {
  return R"({"name":"app","image":"nginx","ports":[)" + ports + "]}";
}

TEST(SuspiciousPorts, OfContainers) {
  const auto of = [](const std::string& port) {
    return Violations(Policies(), CreateText("Pod", PodText(App(port))));
  };
  const std::string start = "spec.containers[0].ports[0].";
  const std::string uses = "|app|container \"app\" uses port ";
  const std::string known = ", which is known for misuse";
  EXPECT_EQ(of(R"({"containerPort":4444})"),
            Lines{start + "containerPort" + uses + "4444/TCP" + known});
  EXPECT_EQ(of(R"({"containerPort":80,"hostPort":31338,"protocol":"UDP"})"),
            Lines{start + "hostPort" + uses + "31338/UDP" + known});
  // A port is told once.
  EXPECT_EQ(of(R"({"containerPort":22,"hostPort":22})"),
            Lines{start + "containerPort" + uses + "22/TCP" + known});
  for (const std::string port :
       {R"({"containerPort":80})", R"({"containerPort":2222,"hostPort":0})",
        R"({"containerPort":31341,"name":"p4444"})", "{}"}) {
    EXPECT_EQ(of(port), Lines{}) << port;
  }
}

TEST(SuspiciousPorts, B33_B34_EveryPlaceOfAContainer) {
  for (const Place& place : PlacesOf(App(R"({"containerPort":22})"))) {
    EXPECT_EQ(Verdict(Policies(), CreateText(place.kind, place.spec)),
              Lines{"deny p " + place.path + ".ports[0].containerPort"});
  }
}

TEST(SuspiciousPorts, OfServices) {
  const auto of = [](const std::string& port) {
    return Violations(Policies(), CreateText("Service", R"({"ports":[{"port":80},)" + port + "]}"));
  };
  const auto uses = [](const std::string& field, const std::string& port) {
    return Lines{"spec.ports[1]." + field + "||the Service uses port " + port +
                 "/TCP, which is known for misuse"};
  };
  EXPECT_EQ(of(R"({"port":22})"), uses("port", "22"));
  EXPECT_EQ(of(R"({"port":443,"targetPort":4444})"), uses("targetPort", "4444"));
  EXPECT_EQ(of(R"({"port":443,"targetPort":"4444"})"), uses("targetPort", "4444"));
  EXPECT_EQ(of(R"({"port":443,"nodePort":31337})"), uses("nodePort", "31337"));
  EXPECT_EQ(of(R"({"port":443,"targetPort":"ssh"})"), Lines{});
  EXPECT_EQ(of(R"({"port":443,"targetPort":"22x"})"), Lines{});
}

TEST(SuspiciousPorts, AnUpdateIsRefusedForWhatIsNew) {
  const auto service = [](const std::string& port) { return R"({"ports":[)" + port + "]}"; };
  EXPECT_EQ(Verdict(Policies(), UpdateText("Service", service(R"({"port":22})"),
                                           service(R"({"port":4444},{"port":22})"))),
            (Lines{"deny p spec.ports[0].port", "audit p spec.ports[1].port unchanged"}));
}

}  // namespace
}  // namespace tidewaiter
