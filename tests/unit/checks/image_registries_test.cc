// What the check makes of references; how they are read is the matter of image_reference_test.cc.

#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

const std::string kHex(64, 'a');
const std::string kAllow = "allow: [gcr.io/acme/*, docker.io/library/nginx, registry.k8s.io/*]";

PolicySet Policies(const std::string& more = "") {
  return Load(PolicyText("p", "imageRegistries", "params: {" + kAllow + more + "}"));
}

std::string App(const std::string& image, const std::string& name = "app") {
  return R"({"name":")" + name + R"(","image":)" + JsonText(image) + "}";
}

// What is said of a pod's one image, without what is the same for all.
std::string Fault(const PolicySet& policies, const std::string& image) {
  const Lines lines = Violations(policies, CreateText("Pod", PodText(App(image))));
  if (lines.empty()) return "";
  const std::string start = "spec.containers[0].image|app|container \"app\" ";
  EXPECT_TRUE(lines.size() == 1 && lines[0].starts_with(start)) << lines[0];
  return lines[0].substr(start.size());
}

TEST(ImageRegistries, WhatIsWrongWithAnImage) {
  struct Case {
    std::string image;
    std::string want;
  };
  const auto elsewhere = [](const std::string& image, const std::string& repository) {
    return Case{image, "uses \"" + image + "\" from " + repository + ", which is not allowed"};
  };
  const std::string broken = ", which is no image reference: ";
  for (const Case& c :
       {Case{"gcr.io/acme/app:v1", ""}, Case{"nginx", ""}, Case{"registry.k8s.io/pause:3.9", ""},
        Case{"gcr.io/acme/app:v1@sha256:" + kHex, ""},
        elsewhere("gcr.io.evil.com/acme/app", "gcr.io.evil.com/acme/app"),
        elsewhere("nginx-evil", "docker.io/library/nginx-evil"),
        elsewhere("gcr.io/acme", "gcr.io/acme"), Case{"", "names no image"},
        Case{"gcr.io/acme/app:", "uses \"gcr.io/acme/app:\"" + broken + "malformed tag"},
        Case{" nginx", "uses \" nginx\"" + broken + "malformed repository name"},
        Case{kHex, "uses \"" + kHex + "\"" + broken +
                       "64 hex digits name an image by its local ID, not by registry and "
                       "repository"},
        Case{"sha256:" + kHex, "uses \"sha256:" + kHex + "\", which may be a local image ID"}}) {
    EXPECT_EQ(Fault(Policies(), c.image), c.want) << c.image;
  }
}

TEST(ImageRegistries, B28_ALocalImageIdIsDeniedThoughItsRepositoryIsListed) {
  const PolicySet all =
      Load(PolicyText("p", "imageRegistries", "params: {allow: [docker.io/library/*]}"));
  EXPECT_EQ(Fault(all, "sha256:" + kHex),
            "uses \"sha256:" + kHex + "\", which may be a local image ID");
  EXPECT_EQ(Fault(all, "sha256:v1"), "");
}

TEST(ImageRegistries, B33_B34_EveryPlaceOfAContainer) {
  for (const Place& place : PlacesOf(App("evil.io/x", "bad"))) {
    EXPECT_EQ(Violations(Policies(), CreateText(place.kind, place.spec)),
              Lines{place.path + ".image|bad|container \"bad\" uses \"evil.io/x\" from evil.io/x, "
                                 "which is not allowed"})
        << place.kind;
  }
  for (const Place& place : PlacesOf(App("gcr.io/acme/x", "bad"))) {
    EXPECT_EQ(Violations(Policies(), CreateText(place.kind, place.spec)), Lines{}) << place.path;
  }
}

TEST(ImageRegistries, B36_AnImageVolume) {
  const auto pod = [](const std::string& volume) {
    return R"({"containers":[{"name":"app","image":"nginx"}],"volumes":[{"name":"e","emptyDir":{}},)"
           R"({"name":"v","image":)" +
           volume + "}]}";
  };
  for (const WorkloadKind& workload : WorkloadKinds()) {
    EXPECT_EQ(
        Violations(Policies(), CreateText(workload.kind, pod(R"({"reference":"evil.io/x"})"))),
        Lines{workload.path + ".volumes[1].image.reference|v|volume \"v\" uses \"evil.io/x\" "
                              "from evil.io/x, which is not allowed"});
    EXPECT_EQ(Violations(Policies(), CreateText(workload.kind, pod(R"({"reference":"nginx"})"))),
              Lines{});
  }
  for (const std::string empty : {"{}", R"({"reference":""})", R"({"reference":null})"}) {
    EXPECT_EQ(Violations(Policies(), CreateText("Pod", pod(empty))),
              Lines{"spec.volumes[1].image.reference|v|volume \"v\" names no image"});
  }
  EXPECT_EQ(Violations(Policies(), CreateText("Pod", pod("null"))), Lines{});
}

TEST(ImageRegistries, B29_NoImage) {
  for (const std::string container :
       {R"({"name":"app"})", R"({"name":"app","image":null})", R"({"name":"app","image":""})"}) {
    for (const std::string kind : {"Pod", "Deployment"}) {
      const Lines lines = Violations(Policies(), CreateText(kind, PodText(container)));
      ASSERT_EQ(lines.size(), 1U) << container;
      EXPECT_TRUE(lines[0].ends_with("|app|container \"app\" names no image")) << lines[0];
    }
  }
}

TEST(ImageRegistries, B35_B56_TheLastOfMany) {
  std::string containers;
  for (int i = 0; i < 499; ++i) containers += App("nginx") + ",";
  EXPECT_EQ(Verdict(Policies(), CreateText("Pod", PodText(containers + App("evil.io/x")))),
            Lines{"deny p spec.containers[499].image"});
  EXPECT_EQ(Verdict(Policies(), CreateText("Pod", PodText(containers + App("nginx")))),
            Lines{"allow"});
}

TEST(ImageRegistries, RequireDigest) {
  const PolicySet policies = Policies(", requireDigest: true");
  EXPECT_EQ(Fault(policies, "nginx@sha256:" + kHex), "");
  EXPECT_EQ(Fault(policies, "nginx:1@sha256:" + kHex), "");
  EXPECT_EQ(Fault(policies, "nginx:1"), "uses \"nginx:1\" without a digest");
  EXPECT_EQ(Fault(policies, "evil.io/x"),
            "uses \"evil.io/x\" from evil.io/x, which is not allowed");
}

TEST(ImageRegistries, UnqualifiedNames) {
  const PolicySet policies = Policies(", unqualified: deny");
  const std::string fault = ", which names no registry";
  for (const std::string image : {"nginx", "library/nginx", "nginx:1"}) {
    EXPECT_EQ(Fault(policies, image), "uses \"" + image + "\"" + fault) << image;
  }
  for (const std::string image :
       {"docker.io/nginx", "docker.io/library/nginx", "index.docker.io/nginx", "gcr.io/acme/x"}) {
    EXPECT_EQ(Fault(policies, image), "") << image;
  }
}

TEST(ImageRegistries, AHostileImageIsShownInPart) {
  const std::string image = "\x1b]0;x" + std::string(2000, 'a');
  EXPECT_EQ(Fault(Policies(), image),
            "uses \"\\u{1b}]0;x" + std::string(250, 'a') +
                "\"..., which is no image reference: longer than any image reference");
}

TEST(ImageRegistries, AnUpdateIsRefusedForWhatIsNew) {
  const std::string field = "spec.containers[";
  const std::string evil = App("evil.io/x");
  const auto volume = [](const std::string& containers) {
    return R"({"containers":[)" + containers +
           R"(],"volumes":[{"name":"v","image":{"reference":"evil.io/x"}}]})";
  };
  struct Case {
    std::string name;
    std::string before;
    std::string after;
    Lines want;
  };
  const std::string nginx = App("nginx");
  for (const Case& c :
       {Case{"K14_To a bad one", PodText(nginx), PodText(evil), {"deny p " + field + "0].image"}},
        Case{"The same", PodText(evil), PodText(evil), {"audit p " + field + "0].image unchanged"}},
        Case{"From one bad one to another",
             PodText(evil),
             PodText(App("evil.io/y")),
             {"deny p " + field + "0].image"}},
        Case{"Another tag",
             PodText(evil),
             PodText(App("evil.io/x:2")),
             {"deny p " + field + "0].image"}},
        Case{"To a good one", PodText(evil), PodText(nginx), {"allow"}},
        Case{"B51_Renamed",
             PodText(evil),
             PodText(App("evil.io/x", "b")),
             {"deny p " + field + "0].image"}},
        Case{"B57_A debug container",
             PodText(evil),
             R"({"containers":[)" + evil + R"(],"ephemeralContainers":[)" +
                 App("evil.io/x", "debug") + "]}",
             {"audit p " + field + "0].image unchanged",
              "deny p spec.ephemeralContainers[0].image"}},
        // What was mounted as files now runs.
        Case{"A volume of that name does not excuse a container",
             volume(nginx),
             volume(nginx + "," + App("evil.io/x", "v")),
             {"deny p " + field + "1].image", "audit p spec.volumes[0].image.reference unchanged"}},
        Case{"Nor a container a volume",
             PodText(App("evil.io/x", "v")),
             volume(nginx),
             {"deny p spec.volumes[0].image.reference"}}}) {
    EXPECT_EQ(VerdictOfUpdate(Policies(), "Pod", c.before, c.after), c.want) << c.name;
  }
}

TEST(ImageRegistries, B41_WhatIsBeingDeletedIsStillJudged) {
  const auto object = [](const std::string& image) {
    return R"({"metadata":{"name":"web","deletionTimestamp":"2026-01-01T00:00:00Z",)"
           R"("finalizers":["example.com/wait"]},"spec":)" +
           PodText(App(image)) + "}";
  };
  const auto update = [&](const std::string& image) {
    return ReviewText(
        {.operation = "UPDATE", .object = object(image), .old_object = object("nginx")});
  };
  EXPECT_EQ(Verdict(Policies(), update("evil.io/x")), Lines{"deny p spec.containers[0].image"});
  EXPECT_EQ(Verdict(Policies(), update("gcr.io/acme/x")), Lines{"allow"});
}

}  // namespace
}  // namespace tidewaiter
