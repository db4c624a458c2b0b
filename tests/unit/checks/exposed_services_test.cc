#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& params = "") {
  return Load(PolicyText("p", "exposedServices", "params: {" + params + "}"));
}

Lines Of(const PolicySet& policies, const std::string& spec) {
  return Violations(policies, CreateText("Service", "{" + spec + "}"));
}
std::string Reached(const std::string& type) {
  return "spec.type||the Service can be reached from outside the cluster, as a " + type;
}

TEST(ExposedServices, Types) {
  EXPECT_EQ(Of(Policies(), R"("type":"NodePort")"), Lines{Reached("NodePort")});
  EXPECT_EQ(Of(Policies(), R"("type":"LoadBalancer")"), Lines{Reached("LoadBalancer")});
  for (const std::string inside :
       {R"("type":"ClusterIP")", R"("type":null)", R"("type":"ExternalName","externalName":"a")",
        R"("type":"nodeport")", R"("clusterIP":"None")"}) {
    EXPECT_EQ(Of(Policies(), inside), Lines{}) << inside;
  }
  EXPECT_EQ(Of(Policies("types: [LoadBalancer]"), R"("type":"NodePort")"), Lines{});
  EXPECT_EQ(Of(Policies(), R"("type":["NodePort"])"),
            Lines{"refused: spec.type: expected a string, got an array"});
}

TEST(ExposedServices, NodePorts) {
  const PolicySet policies = Policies("types: [], nodePorts: [30000-30010, 31000]");
  const auto spec = [](const std::string& ports) {
    return R"("type":"NodePort","ports":[)" + ports + "]";
  };
  for (const std::string port : {"30000", "30010", "31000", "0", "null"}) {
    EXPECT_EQ(Of(policies, spec(R"({"port":80,"nodePort":)" + port + "}")), Lines{}) << port;
  }
  EXPECT_EQ(Of(policies, spec(R"({"port":80,"nodePort":30001},{"port":81,"nodePort":31337})")),
            Lines{"spec.ports[1].nodePort||the Service takes port 31337 of every node, which is "
                  "not one of those allowed"});
}

TEST(ExposedServices, SourceRanges) {
  const PolicySet policies = Policies("types: [], sourceRangesRequired: true");
  const auto of = [&](const std::string& ranges) {
    return Of(policies, R"("type":"LoadBalancer","loadBalancerSourceRanges":)" + ranges);
  };
  const std::string from = "the load balancer of the Service takes connections from ";
  for (const std::string missing : {"null", "[]"}) {
    EXPECT_EQ(of(missing), Lines{"spec.loadBalancerSourceRanges||" + from + "everywhere"});
  }
  for (const std::string open :
       {"0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0", "x"}) {
    EXPECT_EQ(of(R"(["192.0.2.0/24",")" + open + "\"]"),
              Lines{"spec.loadBalancerSourceRanges[1]||" + from + "\"" + open + "\""});
  }
  EXPECT_EQ(of(R"(["192.0.2.0/24"," 2001:db8::/32 "])"), Lines{});
  EXPECT_EQ(Of(policies, R"("type":"ClusterIP")"), Lines{});
}

TEST(ExposedServices, AnUpdateIsRefusedForWhatIsNew) {
  const std::string inside = R"({"type":"ClusterIP"})";
  const std::string node = R"({"type":"NodePort"})";
  EXPECT_EQ(Verdict(Policies(), UpdateText("Service", inside, node)), Lines{"deny p spec.type"});
  EXPECT_EQ(Verdict(Policies(), UpdateText("Service", node, node)),
            Lines{"audit p spec.type unchanged"});
  EXPECT_EQ(Verdict(Policies(), UpdateText("Service", node, R"({"type":"LoadBalancer"})")),
            Lines{"deny p spec.type"});
  EXPECT_EQ(Verdict(Policies(), UpdateText("Service", node, inside)), Lines{"allow"});
}

}  // namespace
}  // namespace tidewaiter
