#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& params = "") {
  return Load(PolicyText("p", "externalIPs", "params: {" + params + "}"));
}

Lines Of(const PolicySet& policies, const std::string& ips, const std::string& more = "") {
  return Violations(policies, CreateText("Service", R"({"externalIPs":)" + ips + more + "}"));
}
std::string Takes(int index, const std::string& ip) {
  return "spec.externalIPs[" + std::to_string(index) +
         "]||the Service takes the traffic for the address \"" + ip + "\"";
}

TEST(ExternalIps, EveryAddressOfAService) {
  EXPECT_EQ(Of(Policies(), R"(["203.0.113.9","2001:db8::9"])"),
            (Lines{Takes(0, "203.0.113.9"), Takes(1, "2001:db8::9")}));
  EXPECT_EQ(Of(Policies(), "null", R"(,"loadBalancerIP":"203.0.113.9")"),
            Lines{"spec.loadBalancerIP||the Service asks for a load balancer with the address "
                  "\"203.0.113.9\""});
  for (const std::string none : {"null", "[]"}) {
    EXPECT_EQ(Of(Policies(), none, R"(,"loadBalancerIP":"","type":"LoadBalancer")"), Lines{});
  }
  EXPECT_EQ(Of(Policies(), R"("203.0.113.9")"),
            Lines{"refused: spec.externalIPs: expected an array, got a string"});
}

TEST(ExternalIps, AllowedNetworks) {
  const PolicySet policies = Policies("allowed: [192.0.2.0/24, 2001:db8::/32, 198.51.100.7]");
  EXPECT_EQ(Of(policies, R"(["192.0.2.0","192.0.2.255","2001:db8:1::1","198.51.100.7"])",
               R"(,"loadBalancerIP":"192.0.2.4")"),
            Lines{});
  const Lines outside = {"192.0.3.0", "198.51.100.8", "2001:db9::1", "::ffff:192.0.2.1",
                         "192.0.2",   "192.0.2.1/32", "0300.0.2.1",  " 192.0.2.1"};
  for (const std::string& ip : outside) {
    EXPECT_EQ(Of(policies, "[\"" + ip + "\"]"), Lines{Takes(0, ip)}) << ip;
  }
}

TEST(ExternalIps, B50_AnUpdateIsRefusedForWhatIsNew) {
  EXPECT_EQ(Verdict(Policies(), UpdateText("Service", R"({"externalIPs":["192.0.2.1"]})",
                                           R"({"externalIPs":["192.0.2.2","192.0.2.1"]})")),
            (Lines{"deny p spec.externalIPs[0]", "audit p spec.externalIPs[1] unchanged"}));
}

TEST(ExternalIps, MistakesInThePolicy) {
  EXPECT_EQ(Mistakes(PolicyText("p", "externalIPs", "params: {allowed: [192.0.2.1/24, x]}")),
            "\"192.0.2.1/24\" has bits behind its prefix; the network is 192.0.2.0/24; \"x\" is no "
            "network, as in 192.0.2.0/24 or 2001:db8::/32");
}

}  // namespace
}  // namespace tidewaiter
