// What is known to be bad, wherever and however it is written.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"
#include "webhook/checks/network_text.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

// A list of these indicators, one a line as in "domain c2.example.test", and a policy for it.
PolicySet Policies(const Lines& indicators, const std::string& params = "",
                   const std::string& more = "") {
  std::string list =
      "---\napiVersion: tidewaiter.io/v1alpha1\nkind: IndicatorList\nmetadata: {name: bad}\n"
      "spec:\n  indicators:\n";
  for (const std::string& indicator : indicators) {
    const std::size_t blank = indicator.find(' ');
    list += fmt::format("  - {{type: {}, value: \"{}\", source: feed, confidence: 90{}}}\n",
                        indicator.substr(0, blank), indicator.substr(blank + 1), more);
  }
  return Load(list + PolicyText("p", "indicators", "params: {lists: [bad]" + params + "}"));
}

std::string Arg(const std::string& text) {
  return CreateText("Pod",
                    PodText(R"({"name":"a","image":"nginx","args":[)" + JsonText(text) + "]}"));
}

bool Finds(const PolicySet& policies, const std::string& text) {
  return !Violations(policies, Arg(text)).empty();
}

TEST(Indicators, VS05_EveryPlaceOfAPod) {
  const PolicySet policies = Policies({"ip 198.51.100.7", "domain c2.example.test"});
  struct Case {
    std::string spec;
    std::string field;
  };
  const std::string app = R"("containers":[{"name":"a","image":"nginx",)";
  for (
      const Case& c : {
          Case{app + R"("command":["x","198.51.100.7"]}])", "containers[0].command[1]"},
          Case{app + R"("args":["--c2=c2.example.test:443"]}])", "containers[0].args[0]"},
          Case{app + R"("env":[{"name":"C2","value":"198.51.100.7"}]}])",
               "containers[0].env[0].value"},
          Case{app + R"("livenessProbe":{"exec":{"command":["ping","198.51.100.7"]}}}])",
               "containers[0].livenessProbe.exec.command[1]"},
          Case{app + R"("lifecycle":{"preStop":{"exec":{"command":["a.c2.example.test"]}}}}])",
               "containers[0].lifecycle.preStop.exec.command[0]"},
          Case{app + R"("readinessProbe":{"httpGet":{"host":"c2.example.test","port":1}}}])",
               "containers[0].readinessProbe.httpGet.host"},
          Case{
              app + R"("lifecycle":{"postStart":{"tcpSocket":{"host":"198.51.100.7","port":1}}}}])",
              "containers[0].lifecycle.postStart.tcpSocket.host"},
          Case{
              R"("hostAliases":[{"ip":"198.51.100.7","hostnames":["x"]}],"containers":[{"name":"a"}])",
              "hostAliases[0].ip"},
          Case{R"("hostAliases":[{"ip":"10.0.0.1","hostnames":["x","c2.example.test"]}],)"
               R"("containers":[{"name":"a"}])",
               "hostAliases[0].hostnames[1]"},
          Case{
              R"("dnsConfig":{"nameservers":["10.0.0.1","198.51.100.7"]},"containers":[{"name":"a"}])",
              "dnsConfig.nameservers[1]"},
          Case{
              R"("containers":[{"name":"b"}],"initContainers":[{"name":"a","args":["198.51.100.7"]}])",
              "initContainers[0].args[0]"},
          Case{
              R"("containers":[{"name":"b"}],"ephemeralContainers":[{"name":"a","args":["198.51.100.7"]}])",
              "ephemeralContainers[0].args[0]"},
      }) {
    for (const WorkloadKind& workload : WorkloadKinds()) {
      const Lines lines = Violations(policies, CreateText(workload.kind, "{" + c.spec + "}"));
      ASSERT_EQ(lines.size(), 1U) << c.spec;
      EXPECT_TRUE(lines[0].starts_with(workload.path + "." + c.field + "|")) << lines[0];
    }
  }
}

TEST(Indicators, VS05_ServicesAndExec) {
  const PolicySet policies = Policies({"cidr 198.51.100.0/24", "domain c2.example.test"});
  struct Case {
    std::string spec;
    std::string want;
  };
  for (const Case& c : {
           Case{R"({"type":"ExternalName","externalName":"C2.example.test."})",
                "spec.externalName||externalName names \"c2.example.test\""},
           Case{R"({"externalIPs":["10.0.0.1","198.51.100.7"]})",
                "spec.externalIPs[1]||externalIPs names \"198.51.100.0/24\""},
           Case{R"({"loadBalancerIP":"198.51.100.7"})",
                "spec.loadBalancerIP||loadBalancerIP names \"198.51.100.0/24\""},
           Case{R"({"loadBalancerSourceRanges":["198.51.100.7/32"]})",
                "spec.loadBalancerSourceRanges[0]||loadBalancerSourceRanges names "
                "\"198.51.100.0/24\""},
       }) {
    EXPECT_EQ(Violations(policies, CreateText("Service", c.spec)),
              Lines{c.want + ", which is known to be bad (feed)"});
  }
  EXPECT_EQ(Violations(policies, CreateText("Service", R"({"externalIPs":["198.51.101.7"]})")),
            Lines{});
  EXPECT_EQ(
      Violations(policies, ReviewText({.operation = "CONNECT",
                                       .kind = "PodExecOptions",
                                       .sub_resource = "exec",
                                       .object = R"({"command":["curl","c2.example.test"]})"})),
      Lines{"command[1]||the command of this exec names \"c2.example.test\", which is known to "
            "be bad (feed)"});
}

TEST(Indicators, AddressesAreNumbers) {
  const PolicySet policies = Policies({"ip 198.51.100.7", "ip 2001:db8::7", "cidr 203.0.113.0/28"});
  for (const std::string text :
       {"198.51.100.7", "http://198.51.100.7:80/x", "TCP:198.51.100.7:4444", "a=198.51.100.7,b",
        "http://3325256711/x", "http://0xc6336407/", "http://0306.0063.0144.7/", "198.51.25607",
        "0xc6.51.100.7", "::ffff:198.51.100.7", "http://[::ffff:c633:6407]/", "2001:db8::7",
        "[2001:0db8:0:0::7]:443", "user@198.51.100.7", "(198.51.100.7)", "203.0.113.15",
        "198.51.100.7.", "/dev/tcp/198.51.100.7/4444"}) {
    EXPECT_TRUE(Finds(policies, text)) << text;
  }
  for (const std::string text :
       {"198.51.100.70", "1198.51.100.7", "3325256711", "198.51.100.7.example.test", "203.0.113.16",
        "2001:db8::8", "198.51.100", "256.51.100.7", "http://33252567110/", "v198.51.100.7",
        "198.51.100.7-rc1"}) {
    EXPECT_FALSE(Finds(policies, text)) << text;
  }
}

TEST(Indicators, DomainsByWholeLabels) {
  const PolicySet policies = Policies({"domain evil.example"});
  for (const std::string text : {"evil.example", "a.b.evil.example", "EVIL.Example",
                                 "evil.example.", "https://evil.example/x", "mail@evil.example",
                                 "x=evil.example:53", "ping evil.example;", "\"evil.example\""}) {
    EXPECT_TRUE(Finds(policies, text)) << text;
  }
  for (const std::string text : {"notevil.example", "evil.example.org", "evil-example",
                                 "evil.examples", "evil", "example"}) {
    EXPECT_FALSE(Finds(policies, text)) << text;
  }
}

TEST(Indicators, UrlsByTheirBeginning) {
  const PolicySet policies = Policies({"url http://host.example/stage", "url https://whole.example",
                                       "url http://host.example/a/b", "url http://host.example/a"});
  for (const std::string text : {"http://host.example/stage2?x=1", "HTTP://HOST.example/stage",
                                 "http://u:p@host.example/stage", "https://whole.example",
                                 "https://whole.example/x", "https://whole.example:8443/",
                                 "curl 'https://whole.example?x'", "http://host.example/a/c"}) {
    EXPECT_TRUE(Finds(policies, text)) << text;
  }
  for (const std::string text :
       {"http://host.example/Stage", "https://host.example/stage", "https://whole.example.org/",
        "http://host.example/b", "host.example/stage", "https://whole.exampl"}) {
    EXPECT_FALSE(Finds(policies, text)) << text;
  }
}

TEST(Indicators, Base64IsDecodedOnce) {
  const PolicySet policies = Policies({"domain c2.example.test"});
  // "curl http://c2.example.test/x", also as UTF-16 and twice.
  EXPECT_TRUE(Finds(policies, "echo Y3VybCBodHRwOi8vYzIuZXhhbXBsZS50ZXN0L3g= | base64 -d"));
  EXPECT_TRUE(Finds(policies, "-enc YwAyAC4AZQB4AGEAbQBwAGwAZQAuAHQAZQBzAHQA"));
  EXPECT_FALSE(Finds(policies, "WTNWeWJDQm9kSFJ3T2k4dll6SXVaWGhoYlhCc1pTNTBaWE4wTDNnPQ=="));
  EXPECT_FALSE(Finds(policies, "YzIuZXhhbXBsZS50"));
}

TEST(Indicators, VS01_Images) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const PolicySet policies =
      Policies({"image docker.io/raesene/ncat", "image xmrig", "image quay.io/acme/app:1.2",
                "image quay.io/acme/other@" + digest});
  const auto found = [&](const std::string& image) {
    return Violations(policies,
                      CreateText("Pod", PodText(R"({"name":"a","image":")" + image + R"("})")))
        .size();
  };
  for (const std::string image : {"raesene/ncat", "index.docker.io/raesene/ncat:7", "xmrig",
                                  "quay.io/any/xmrig:6", "quay.io/acme/app:1.2"}) {
    EXPECT_EQ(found(image), 1U) << image;
  }
  EXPECT_EQ(found("mirror.example/renamed@" + digest), 1U);
  for (const std::string image : {"quay.io/raesene/ncat", "raesene/ncat2", "xmrig-proxy",
                                  "xmrig/tool", "quay.io/acme/app:1.3", "quay.io/acme/other:1"}) {
    EXPECT_EQ(found(image), 0U) << image;
  }
  EXPECT_EQ(Violations(policies,
                       CreateText("Pod", R"({"containers":[{"name":"a"}],"volumes":[{"name":"v",)"
                                         R"("image":{"reference":"raesene/ncat"}}]})")),
            Lines{"spec.volumes[0].image.reference|v|the image of volume \"v\" names "
                  "\"docker.io/raesene/ncat\", which is known to be bad (feed)"});
}

TEST(Indicators, ConfidenceAndTypesChoose) {
  const Lines list = {"ip 198.51.100.7", "domain c2.example.test"};
  EXPECT_TRUE(Finds(Policies(list, ", minConfidence: 90"), "198.51.100.7"));
  EXPECT_FALSE(Finds(Policies(list, ", minConfidence: 91"), "198.51.100.7"));
  EXPECT_TRUE(Finds(Policies(list, ", maxConfidence: 90"), "198.51.100.7"));
  EXPECT_FALSE(Finds(Policies(list, ", maxConfidence: 89"), "198.51.100.7"));
  EXPECT_FALSE(Finds(Policies(list, ", types: [domain]"), "198.51.100.7"));
  EXPECT_TRUE(Finds(Policies(list, ", types: [domain]"), "c2.example.test"));
}

TEST(Indicators, ExpiryByTheClockOfTheDecision) {
  const auto verdict = [](const PolicySet& policies, const std::string& now) {
    return Verdict(policies, Arg("198.51.100.7"), {.now = *ParseTime(now)});
  };
  const Lines denied = {"deny p spec.containers[0].args[0]"};
  const PolicySet dated = Policies({"ip 198.51.100.7"}, "", ", expires: 2026-11-30");
  EXPECT_EQ(verdict(dated, "2026-11-30T23:59:59Z"), denied);
  EXPECT_EQ(verdict(dated, "2026-12-01T00:00:00Z"), Lines{"allow"});
  // An entry that lasts counts for longer, whichever stands first.
  for (const bool first : {true, false}) {
    std::string list =
        "---\napiVersion: tidewaiter.io/v1alpha1\nkind: IndicatorList\n"
        "metadata: {name: bad}\nspec:\n  indicators:\n";
    const std::string lasts =
        "  - {type: cidr, value: 198.51.100.0/24, source: a, confidence: 9}\n";
    const std::string ends =
        "  - {type: ip, value: 198.51.100.7, source: b, confidence: 9, expires: 2026-11-30}\n";
    list += first ? lasts + ends : ends + lasts;
    EXPECT_EQ(verdict(Load(list + PolicyText("p", "indicators", "params: {lists: [bad]}")),
                      "2027-01-01T00:00:00Z"),
              denied);
  }
}

TEST(Indicators, B57_OnUpdateOnlyWhatIsNew) {
  const PolicySet policies = Policies({"ip 198.51.100.7", "ip 198.51.100.8"});
  const auto pod = [](const std::string& args) {
    return PodText(R"({"name":"a","image":"nginx","args":[)" + args + "]}");
  };
  EXPECT_EQ(VerdictOfUpdate(policies, "Deployment", pod(R"("198.51.100.7")"),
                            pod(R"("--x","198.51.100.7","198.51.100.8")")),
            (Lines{"audit p spec.template.spec.containers[0].args[1] unchanged",
                   "deny p spec.template.spec.containers[0].args[2]"}));
}

TEST(Indicators, VS20_TheTextItselfIsNeverShown) {
  const Lines lines = Violations(Policies({"domain c2.example.test"}),
                                 Arg("https://user:canary@canary.c2.example.test/canary"));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].find("canary"), std::string::npos) << lines[0];
}

TEST(Indicators, MistakesInParameters) {
  const auto mistakes = [](const std::string& params) {
    Diagnostics diagnostics;
    const SourceFile file{
        "p.yaml",
        "apiVersion: tidewaiter.io/v1alpha1\nkind: IndicatorList\nmetadata: {name: "
        "bad-hosts}\nspec:\n"
        "  indicators: [{type: ip, value: 192.0.2.1, source: s, confidence: 1}]\n" +
            PolicyText("p", "indicators", params)};
    EXPECT_FALSE(ParsePolicies({&file, 1}, ShippedChecks(), diagnostics)) << params;
    return diagnostics.Render();
  };
  EXPECT_NE(mistakes("params: {lists: [bad-host]}").find("did you mean \"bad-hosts\"?"),
            std::string::npos);
  EXPECT_NE(mistakes("params: {lists: [bad-hosts], minConfidence: 9, maxConfidence: 8}")
                .find("minConfidence lies above maxConfidence"),
            std::string::npos);
  EXPECT_NE(mistakes("params: {}").find("missing key \"lists\""), std::string::npos);
}

TEST(NetworkText, LooseAddresses) {
  struct Case {
    std::string text;
    std::string want;  // empty: none
  };
  for (const Case& c :
       {Case{"198.51.100.7", "198.51.100.7"}, Case{"1", "0.0.0.1"}, Case{"1.2", "1.0.0.2"},
        Case{"1.2.3", "1.2.0.3"}, Case{"0x7f.1", "127.0.0.1"}, Case{"017700000001", "127.0.0.1"},
        Case{"4294967295", "255.255.255.255"}, Case{"4294967296", ""}, Case{"1.2.3.4.5", ""},
        Case{"1.2.3.256", ""}, Case{"256.1", ""}, Case{"1.16777216", ""}, Case{"08.1.1.1", ""},
        Case{"1..2", ""}, Case{".1", ""}, Case{"1.", ""}, Case{"0x", ""}, Case{"", ""},
        Case{"1a", ""}}) {
    const std::optional<IpAddress> address = ParseLooseIpv4(c.text);
    EXPECT_EQ(address ? ToString(*address) : "", c.want) << c.text;
  }
}

}  // namespace
}  // namespace tidewaiter
