#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies() {
  return Load(PolicyText("p", "expectedPorts",
                         "params: {expected: {docker.io/library/redis: [6379/TCP], "
                         "registry.k8s.io/dns/*: [53, 53/UDP], gcr.io/acme/quiet: []}}"));
}

std::string App(const std::string& image, const std::string& ports) {
  return R"({"name":"app","image":)" + JsonText(image) + R"(,"ports":[)" + ports + "]}";
}

Lines Of(const std::string& image, const std::string& ports) {
  return Violations(Policies(), CreateText("Pod", PodText(App(image, ports))));
}

std::string Declares(const std::string& port, const std::string& repository) {
  return "spec.containers[0].ports[0].containerPort|app|container \"app\" declares port " + port +
         ", which " + repository + " is not known to use";
}

TEST(ExpectedPorts, PortsByRepository) {
  EXPECT_EQ(Of("redis:7", R"({"containerPort":6379})"), Lines{});
  EXPECT_EQ(Of("redis:7", R"({"containerPort":6379,"protocol":""})"), Lines{});
  EXPECT_EQ(Of("redis:7", R"({"containerPort":4444})"),
            Lines{Declares("4444/TCP", "docker.io/library/redis")});
  EXPECT_EQ(Of("index.docker.io/library/redis", R"({"containerPort":6379,"protocol":"UDP"})"),
            Lines{Declares("6379/UDP", "docker.io/library/redis")});
  EXPECT_EQ(Of("registry.k8s.io/dns/x/y:1",
               R"({"containerPort":53},{"containerPort":53,"protocol":"UDP"})"),
            Lines{});
  EXPECT_EQ(Of("gcr.io/acme/quiet", R"({"containerPort":80})"),
            Lines{Declares("80/TCP", "gcr.io/acme/quiet")});
  // Of other images nothing is known, and what is no reference is another check's matter.
  for (const std::string image : {"nginx", "redis-x", "gcr.io/acme/other", "REDIS", ""}) {
    EXPECT_EQ(Of(image, R"({"containerPort":4444})"), Lines{}) << image;
  }
}

TEST(ExpectedPorts, B33_B34_EveryPlaceOfAContainer) {
  for (const Place& place : PlacesOf(App("redis", R"({"containerPort":1})"))) {
    EXPECT_EQ(Verdict(Policies(), CreateText(place.kind, place.spec)),
              Lines{"deny p " + place.path + ".ports[0].containerPort"});
  }
}

TEST(ExpectedPorts, AnUpdateIsRefusedForWhatIsNew) {
  const auto spec = [](const std::string& ports) { return PodText(App("redis", ports)); };
  const std::string p1 = R"({"containerPort":1})";
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Pod", spec(p1), spec(R"({"containerPort":2},)" + p1)),
            (Lines{"deny p spec.containers[0].ports[0].containerPort",
                   "audit p spec.containers[0].ports[1].containerPort unchanged"}));
}

TEST(ExpectedPorts, MistakesInThePolicy) {
  const auto mistakes = [](const std::string& expected) {
    return Mistakes(PolicyText("p", "expectedPorts", "params: {expected: " + expected + "}"));
  };
  EXPECT_EQ(mistakes("[redis]"), "expected a map of repositories to lists of ports, got a list");
  EXPECT_EQ(
      mistakes("{\"redis:7\": [6379]}"),
      "impossible entry \"redis:7\": an entry names repositories; it has no tag and no digest");
  EXPECT_EQ(mistakes("{redis: [6379/tcp]}"),
            "unknown protocol \"6379/tcp\"; known: TCP, UDP, SCTP");
  EXPECT_EQ(mistakes("{redis: [70000/TCP]}"), "expected a number from 1 to 65535, got 70000");
  EXPECT_EQ(mistakes("{redis: [[6379]]}"), "expected a port, as in 53/UDP, got a list");
}

}  // namespace
}  // namespace tidewaiter
