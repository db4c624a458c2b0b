#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& params = "") {
  return Load(PolicyText("p", "localImages", "params: {" + params + "}"));
}

std::string App(const std::string& image, const std::string& policy = "") {
  return R"({"name":"app","image":)" + JsonText(image) + R"(,"imagePullPolicy":")" + policy + "\"}";
}

// What is said of a pod's one image, without what is the same for all.
std::string Fault(const PolicySet& policies, const std::string& image,
                  const std::string& policy = "") {
  const Lines lines = Violations(policies, CreateText("Pod", PodText(App(image, policy))));
  if (lines.empty()) return "";
  const std::string start = "spec.containers[0].image|app|container \"app\" uses \"" + image + "\"";
  EXPECT_TRUE(lines.size() == 1 && lines[0].starts_with(start)) << lines[0];
  return lines[0].substr(start.size());
}

const std::string kNever = " as the node has it, and never pulls it (pull policy Never)";
const std::string kOnNode = " from a registry on the node itself";

TEST(LocalImages, NeverPulled) {
  EXPECT_EQ(Fault(Policies(), "r.io/app:1", "Never"), kNever);
  EXPECT_EQ(Fault(Policies(), "localhost/app:1", "Never"), kNever);
  EXPECT_EQ(Fault(Policies(), "APP", "Never"), kNever);
  for (const std::string policy : {"", "Always", "IfNotPresent", "never"}) {
    EXPECT_EQ(Fault(Policies(), "r.io/app:1", policy), "") << policy;
  }
  for (const Place& place : PlacesOf(App("r.io/app:1", "Never"))) {
    EXPECT_EQ(Verdict(Policies(), CreateText(place.kind, place.spec)),
              Lines{"deny p " + place.path + ".image"});
  }
}

TEST(LocalImages, B19_RegistriesOnTheNode) {
  for (const std::string image : {"localhost/acme/app", "localhost:5000/x", "127.0.0.1/x",
                                  "127.0.0.1:32000/x:1", "[::1]:5000/acme/app"}) {
    EXPECT_EQ(Fault(Policies(), image), kOnNode) << image;
  }
  for (const std::string image : {"localhost.example.com/x", "localhost", "localhost:1",
                                  "r.io/localhost/x", "127.0.0.10/x"}) {
    EXPECT_EQ(Fault(Policies(), image), "") << image;
  }
  const PolicySet named = Policies("registries: [\"localhost:32000\", registry.local]");
  EXPECT_EQ(Fault(named, "localhost:32000/x"), kOnNode);
  EXPECT_EQ(Fault(named, "localhost:5000/x"), "");
  EXPECT_EQ(Fault(named, "registry.local:80/x"), kOnNode);
}

TEST(LocalImages, MistakesInThePolicy) {
  EXPECT_EQ(Mistakes(PolicyText("p", "localImages", "params: {registries: [local/x]}")),
            "\"local/x\" is no registry, as in registry.k8s.io");
}

TEST(LocalImages, WithoutARegistryOnlyWhereItIsAskedFor) {
  EXPECT_EQ(Fault(Policies(), "nginx:1.27"), "");
  const PolicySet policies = Policies("unqualified: true");
  const std::string held =
      ", which names no registry, as the node has it (pull policy IfNotPresent)";
  EXPECT_EQ(Fault(policies, "nginx:1.27"), held);
  EXPECT_EQ(Fault(policies, "acme/nginx:1.27", "IfNotPresent"), held);
  EXPECT_EQ(Fault(policies, "nginx", "IfNotPresent"), held);
  EXPECT_EQ(Fault(policies, "nginx"), "");  // latest is pulled each time
  EXPECT_EQ(Fault(policies, "nginx:1.27", "Always"), "");
  EXPECT_EQ(Fault(policies, "docker.io/library/nginx:1.27"), "");
  EXPECT_EQ(Fault(policies, "r.io/nginx:1.27"), "");
}

TEST(LocalImages, B36_ImageVolumes) {
  EXPECT_EQ(
      Violations(Policies(),
                 CreateText("Pod", R"({"containers":[{"name":"a","image":"r.io/a:1"}],"volumes":[)"
                                   R"({"name":"v","image":{"reference":"r.io/m:1",)"
                                   R"("pullPolicy":"Never"}}]})")),
      Lines{"spec.volumes[0].image.reference|v|volume \"v\" uses \"r.io/m:1\"" + kNever});
}

}  // namespace
}  // namespace tidewaiter
