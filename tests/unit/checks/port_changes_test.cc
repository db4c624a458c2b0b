#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies() { return Load(PolicyText("p", "portChanges")); }

std::string Named(const std::string& name, const std::string& ports) {
  return R"({"name":")" + name + R"(","ports":[)" + ports + "]}";
}
std::string App(const std::string& ports) { return Named("app", ports); }

struct Case {
  std::string name;
  std::string before;
  std::string after;
  Lines want;
};

void Expect(const std::string& kind, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(Violations(Policies(), UpdateText(kind, c.before, c.after)), c.want) << c.name;
  }
}

const std::string k80 = R"({"containerPort":80})";
const std::string k81 = R"({"containerPort":81})";

TEST(PortChanges, B50_WhatIsNoChange) {
  const auto pod = [](const std::string& ports) { return PodText(App(ports)); };
  const std::string udp = R"({"containerPort":80,"protocol":"UDP"})";
  Expect(
      "Pod",
      {
          {"Same", pod(k80), pod(k80), {}},
          {"Order", pod(k80 + "," + k81), pod(k81 + "," + k80), {}},
          {"ProtocolNull", pod(k80), pod(R"({"containerPort":80,"protocol":null})"), {}},
          {"ProtocolTcp", pod(k80), pod(R"({"containerPort":80,"protocol":"TCP"})"), {}},
          {"ProtocolEmpty", pod(k80), pod(R"({"containerPort":80,"protocol":""})"), {}},
          {"HostPortZero", pod(k80), pod(R"({"containerPort":80,"hostPort":0})"), {}},
          {"BothProtocols", pod(k80 + "," + udp), pod(udp + "," + k80), {}},
          {"Image", pod(k80), PodText(R"({"name":"app","image":"b","ports":[)" + k80 + "]}"), {}},
      });
}

TEST(PortChanges, B50_Changes) {
  const auto pod = [](const std::string& ports) { return PodText(App(ports)); };
  const std::string ports = "spec.containers[0].ports";
  Expect(
      "Pod",
      {
          {"Number",
           pod(k80),
           pod(k81),
           {ports + "[0].containerPort|app|container \"app\" changes 80/TCP into 81/TCP"}},
          {"Added",
           pod(k80),
           pod(k80 + "," + k81),
           {ports + "[1].containerPort|app|container \"app\" adds 81/TCP"}},
          {"Removed",
           pod(k80 + "," + k81),
           pod(k81),
           {ports + "|app|container \"app\" no longer has 80/TCP"}},
          {"Protocol",
           pod(k80),
           pod(R"({"containerPort":80,"protocol":"UDP"})"),
           {ports + "[0].containerPort|app|container \"app\" changes 80/TCP into 80/UDP"}},
          {"NameOnly",
           pod(R"({"containerPort":80,"name":"http"})"),
           pod(R"({"containerPort":80,"name":"web"})"),
           {ports + "[0].containerPort|app|container \"app\" changes 80/TCP \"http\" into 80/TCP "
                    "\"web\""}},
          {"HostPort",
           pod(k80),
           pod(R"({"containerPort":80,"hostPort":8080})"),
           {ports + "[0].containerPort|app|container \"app\" changes 80/TCP into 80/TCP (host port "
                    "8080)"}},
          {"TwiceTheSame",
           pod(k80),
           pod(k80 + "," + k80),
           {ports + "[1].containerPort|app|container \"app\" adds 80/TCP"}},
      });
}

TEST(PortChanges, B50_APortMovesToAnotherContainer) {
  Expect("Pod", {{"Moved",
                  PodText(App(k80) + "," + Named("b", "")),
                  PodText(App("") + "," + Named("b", k80)),
                  {"spec.containers[0].ports|app|container \"app\" no longer has 80/TCP",
                   "spec.containers[1].ports[0].containerPort|b|container \"b\" adds 80/TCP"}}});
}

TEST(PortChanges, B51_ContainersAreComparedByName) {
  Expect("Deployment",
         {{"Reordered",
           PodText(App(k80) + "," + Named("b", k81)),
           PodText(Named("b", k81) + "," + App(k80)),
           {}},
          {"Renamed",
           PodText(App(k80)),
           PodText(Named("b", k80)),
           {"spec.template.spec.containers[0].ports[0].containerPort|b|container \"b\" adds 80/TCP",
            "spec.template.spec|app|removed container \"app\" no longer has 80/TCP"}},
          {"RemovedWithoutPorts",
           PodText(App("") + "," + Named("b", k80)),
           PodText(Named("b", k80)),
           {}}});
}

TEST(PortChanges, B33_B34_EveryPlaceOfAContainer) {
  const std::vector<Place> before = PlacesOf(App(k80));
  const std::vector<Place> after = PlacesOf(App(k81));
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i].path.ends_with("ephemeralContainers[1]")) continue;
    // The container named "app" stands in each list but those of ephemeral containers once.
    if (before[i].path.ends_with("initContainers[1]")) continue;
    Expect(before[i].kind,
           {{before[i].path,
             before[i].spec,
             after[i].spec,
             {after[i].path +
              ".ports[0].containerPort|app|container \"app\" changes 80/TCP into 81/TCP"}}});
  }
  const std::vector<Place> other_before = PlacesOf(Named("bad", k80));
  const std::vector<Place> other_after = PlacesOf(Named("bad", k81));
  for (std::size_t i = 0; i < other_before.size(); ++i) {
    Expect(other_before[i].kind,
           {{other_before[i].path,
             other_before[i].spec,
             other_after[i].spec,
             {other_after[i].path +
              ".ports[0].containerPort|bad|container \"bad\" changes 80/TCP into 81/TCP"}}});
  }
}

TEST(PortChanges, Probes) {
  const auto probe = [](const std::string& which, const std::string& action) {
    return PodText(R"({"name":"app",")" + which + "\":{" + action + "}}");
  };
  const std::string field = "spec.containers[0].";
  Expect("Pod", {
                    {"Same",
                     probe("livenessProbe", R"("httpGet":{"port":80})"),
                     probe("livenessProbe", R"("httpGet":{"port":80,"path":"/x"})"),
                     {}},
                    {"Number",
                     probe("livenessProbe", R"("httpGet":{"port":80})"),
                     probe("livenessProbe", R"("httpGet":{"port":4444})"),
                     {field + "livenessProbe.httpGet.port|app|container \"app\" changes 80 "
                              "livenessProbe into 4444 livenessProbe"}},
                    {"NameForNumber",
                     probe("readinessProbe", R"("tcpSocket":{"port":80})"),
                     probe("readinessProbe", R"("tcpSocket":{"port":"http"})"),
                     {field + "readinessProbe.tcpSocket.port|app|container \"app\" changes 80 "
                              "readinessProbe into http readinessProbe"}},
                    {"Added",
                     PodText(App("")),
                     probe("startupProbe", R"("grpc":{"port":9})"),
                     {field + "startupProbe.grpc.port|app|container \"app\" adds 9 startupProbe"}},
                });
}

TEST(PortChanges, B50_Services) {
  const auto service = [](const std::string& ports, const std::string& more = "") {
    return R"({"ports":[)" + ports + "]" + more + "}";
  };
  const std::string field = "spec.ports[0].port||the Service ";
  Expect("Service",
         {
             {"Same", service(R"({"port":80})"), service(R"({"port":80,"targetPort":80})"), {}},
             {"Order",
              service(R"({"port":80},{"port":81})"),
              service(R"({"port":81},{"port":80})"),
              {}},
             {"Port",
              service(R"({"port":80,"targetPort":80})"),
              service(R"({"port":81,"targetPort":80})"),
              {field + "changes 80/TCP to 80 into 81/TCP to 80"}},
             {"TargetPort",
              service(R"({"port":80})"),
              service(R"({"port":80,"targetPort":"x"})"),
              {field + "changes 80/TCP to 80 into 80/TCP to x"}},
             {"NodePort",
              service(R"({"port":80})"),
              service(R"({"port":80,"nodePort":30080})"),
              {field + "changes 80/TCP to 80 into 80/TCP to 80 (node port 30080)"}},
             {"Name",
              service(R"({"port":80})"),
              service(R"({"port":80,"name":"n"})"),
              {field + "changes 80/TCP to 80 into 80/TCP \"n\" to 80"}},
             {"Protocol",
              service(R"({"port":80})"),
              service(R"({"port":80,"protocol":"SCTP"})"),
              {field + "changes 80/TCP to 80 into 80/SCTP to 80"}},
             {"Removed",
              service(R"({"port":80},{"port":81})"),
              service(R"({"port":80})"),
              {"spec.ports||the Service no longer has 81/TCP to 81"}},
             {"ExternalIp",
              service(R"({"port":80})"),
              service(R"({"port":80})", R"(,"externalIPs":["203.0.113.9"])"),
              {"spec.externalIPs[0]||the Service adds external IP 203.0.113.9"}},
             {"NoExternalIp",
              service(R"({"port":80})", R"(,"externalIPs":["203.0.113.9"])"),
              service(R"({"port":80})"),
              {"spec.ports||the Service no longer has external IP 203.0.113.9"}},
         });
}

TEST(PortChanges, OnlyAnUpdateChanges) {
  EXPECT_EQ(Verdict(Policies(), CreateText("Pod", PodText(App(k80)))), Lines{"allow"});
  EXPECT_EQ(Verdict(Policies(), CreateText("Service", R"({"ports":[{"port":80}]})")),
            Lines{"allow"});
  // Without an old object there is nothing to compare with.
  EXPECT_EQ(Verdict(Policies(), ReviewText({.operation = "UPDATE",
                                            .object = ObjectText("Pod", PodText(App(k80)))})),
            Lines{"allow"});
}

// A change is new in every update that makes it.
TEST(PortChanges, AChangeIsNeverUnchanged) {
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Pod", PodText(App(k80)), PodText(App(k81))),
            Lines{"deny p spec.containers[0].ports[0].containerPort"});
}

}  // namespace
}  // namespace tidewaiter
