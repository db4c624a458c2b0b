#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& params = "allowedNameservers: [10.96.0.10]") {
  return Load(PolicyText("p", "dnsOverrides", "params: {" + params + "}"));
}

std::string Spec(const std::string& more) {
  return "{" + more + R"(,"containers":[{"name":"a"}]})";
}
Lines Of(const std::string& more) { return Violations(Policies(), CreateText("Pod", Spec(more))); }

TEST(DnsOverrides, Nameservers) {
  EXPECT_EQ(Of(R"("dnsPolicy":"None","dnsConfig":{"nameservers":["10.96.0.10","198.51.100.53"]})"),
            Lines{"spec.dnsConfig.nameservers[1]||the pod asks \"198.51.100.53\" for names"});
  // Besides the cluster's own, too.
  EXPECT_EQ(Of(R"("dnsPolicy":"ClusterFirst","dnsConfig":{"nameservers":["2001:db8::53"]})"),
            Lines{"spec.dnsConfig.nameservers[0]||the pod asks \"2001:db8::53\" for names"});
  EXPECT_EQ(Of(R"("dnsPolicy":"None")"),
            Lines{"spec.dnsPolicy||the pod resolves no names by the cluster's DNS (policy None)"});
  for (const std::string fine :
       {R"("dnsPolicy":"None","dnsConfig":{"nameservers":["10.96.0.10"]})", R"("dnsPolicy":null)",
        R"("dnsPolicy":"Default")", R"("dnsPolicy":"ClusterFirstWithHostNet")",
        R"("dnsConfig":{"options":[{"name":"ndots","value":"2"}],"searches":["x"]})"}) {
    EXPECT_EQ(Of(fine), Lines{}) << fine;
  }
  EXPECT_EQ(Of(R"("dnsConfig":{"nameservers":"198.51.100.53"})"),
            Lines{"refused: spec.dnsConfig.nameservers: expected an array, got a string"});
}

TEST(DnsOverrides, HostAliases) {
  EXPECT_EQ(Of(R"("hostAliases":[{"ip":"198.51.100.7","hostnames":["api.example.com","b","c"]},)"
               R"({"ip":"198.51.100.8","hostnames":["d"]},{"ip":"198.51.100.9"}])"),
            (Lines{"spec.hostAliases[0]||the pod's hosts file has \"198.51.100.7\" for "
                   "\"api.example.com\" and 2 more",
                   "spec.hostAliases[1]||the pod's hosts file has \"198.51.100.8\" for \"d\"",
                   "spec.hostAliases[2]||the pod's hosts file has \"198.51.100.9\""}));
  EXPECT_EQ(Of(R"("hostAliases":[])"), Lines{});
}

TEST(DnsOverrides, EveryKindOfWorkload) {
  for (const WorkloadKind& workload : WorkloadKinds()) {
    EXPECT_EQ(Verdict(Policies(), CreateText(workload.kind, Spec(R"("hostAliases":[{"ip":"x"}])"))),
              Lines{"deny p " + workload.path + ".hostAliases[0]"});
  }
}

TEST(DnsOverrides, AnUpdateIsRefusedForWhatIsNew) {
  const auto alias = [](const std::string& names) {
    return Spec(R"("hostAliases":[{"ip":"198.51.100.7","hostnames":[)" + names + "]}]");
  };
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Pod", alias("\"a\""), alias("\"a\"")),
            Lines{"audit p spec.hostAliases[0] unchanged"});
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Pod", alias("\"a\""), alias("\"a\",\"b\"")),
            Lines{"deny p spec.hostAliases[0]"});
}

}  // namespace
}  // namespace tidewaiter
