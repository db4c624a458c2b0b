#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies() {
  return Load(PolicyText("p", "externalNames",
                         "params: {allowedDomains: [rds.example.com, svc.cluster.local]}"));
}

Lines Of(const std::string& name, const std::string& type = "ExternalName") {
  return Violations(
      Policies(),
      CreateText("Service", R"({"type":")" + type + R"(","externalName":)" + JsonText(name) + "}"));
}
Lines Names(const std::string& name) {
  return {"spec.externalName||the Service is another name for \"" + name + "\""};
}

TEST(ExternalNames, DomainsByWholeLabels) {
  for (const std::string name : {"rds.example.com", "db.rds.example.com", "DB.RDS.Example.COM",
                                 "db.rds.example.com.", "web.shop.svc.cluster.local"}) {
    EXPECT_EQ(Of(name), Lines{}) << name;
  }
  for (const std::string name : {"c2.example.test", "evilrds.example.com", "example.com",
                                 "rds.example.com.evil.test", "198.51.100.7", ""}) {
    EXPECT_EQ(Of(name), Names(name)) << name;
  }
  // Of another type, the API server drops the name.
  EXPECT_EQ(Of("c2.example.test", "ClusterIP"), Lines{});
}

TEST(ExternalNames, AnUpdateIsRefusedForWhatIsNew) {
  const auto update = [](const std::string& before, const std::string& after) {
    const auto spec = [](const std::string& name) {
      return R"({"type":"ExternalName","externalName":")" + name + "\"}";
    };
    return Verdict(Policies(), UpdateText("Service", spec(before), spec(after)));
  };
  EXPECT_EQ(update("a.example.test", "A.example.test."),
            Lines{"audit p spec.externalName unchanged"});
  EXPECT_EQ(update("a.example.test", "b.example.test"), Lines{"deny p spec.externalName"});
}

TEST(ExternalNames, MistakesInThePolicy) {
  for (const std::string domain :
       {"*.example.com", ".example.com", "Example.com", "example.com."}) {
    EXPECT_EQ(Mistakes(PolicyText("p", "externalNames",
                                  "params: {allowedDomains: [\"" + domain + "\"]}")),
              "\"" + domain +
                  "\" is no domain, as in example.com: in lower case, without a wildcard, as it "
                  "means all names below it, too");
  }
}

}  // namespace
}  // namespace tidewaiter
