#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& more = "") {
  return Load(PolicyText("p", "lookalikeImages",
                         "params: {protect: [docker.io, gcr.io, quay.io, registry.k8s.io, "
                         "registry.corp.example.com]" +
                             more + "}"));
}

std::string App(const std::string& image) {
  return R"({"name":"app","image":)" + JsonText(image) + "}";
}

// The registry that an image looks like it comes from; empty if it looks like itself.
std::string Like(const PolicySet& policies, const std::string& image) {
  const Lines lines = Violations(policies, CreateText("Pod", PodText(App(image))));
  if (lines.empty()) return "";
  const std::string start = "spec.containers[0].image|app|container \"app\" uses \"" + image +
                            "\", which can be taken for an image from ";
  EXPECT_TRUE(lines.size() == 1 && lines[0].starts_with(start)) << lines[0];
  return lines[0].substr(std::min(lines[0].size(), start.size()));
}

TEST(LookalikeImages, WhatLooksLikeAnotherRegistry) {
  struct Case {
    std::string image;
    std::string want;
  };
  const std::string corp = "registry.corp.example.com";
  for (const Case& c : {
           Case{corp + ".evil.test/app:1", corp},                  // VS-02
           Case{"gcr.io.evil.com/acme/app", "gcr.io"},             // B-03
           Case{"gcr.io-evil.com/acme/app", "gcr.io"},             // B-04
           Case{"docker.io.evil.com/library/nginx", "docker.io"},  // B-16
           Case{"gcr.lo/acme/app", "gcr.io"}, Case{"gcr.1o/acme/app", "gcr.io"},
           Case{"GCR.IO/acme/app", "gcr.io"},      // B-10
           Case{"quay.io:443.example.com/x", ""},  // no reference at all
           Case{"quay.lo:5000/x", "quay.io"}, Case{"reg1stry.k8s.io/pause", "registry.k8s.io"},
           Case{"registry.k8s.oi/pause", "registry.k8s.io"},
           Case{"registry.k8s.com/pause", "registry.k8s.io"},
           Case{"regitsry.k8s.io/pause", "registry.k8s.io"},
           Case{"registry.corn.example.com/app", corp}, Case{"docker.io/gcr.io/app", "gcr.io"},
           Case{"gcrio/app", "gcr.io"}, Case{"registryk8sio/pause", "registry.k8s.io"},
           Case{"gcr.io", ""},  // B-15: library/gcr.io
       }) {
    EXPECT_EQ(Like(Policies(), c.image), c.want) << c.image;
  }
  EXPECT_EQ(Violations(Policies(), CreateText("Pod", PodText(App("xn--gr-jlc.io/acme/app")))),
            Lines{"spec.containers[0].image|app|container \"app\" uses \"xn--gr-jlc.io/acme/app\", "
                  "whose registry shows as letters that can look like others"});  // B-24
}

TEST(LookalikeImages, WhatLooksLikeItself) {
  const Lines images = {"nginx",
                        "gcr.io/acme/app",
                        "gcr.io:443/acme/app",
                        "quay.io/prometheus/node-exporter:v1",
                        "registry.k8s.io/pause:3.9",
                        "ghcr.io/acme/app",
                        "gcr.example.com/app",
                        "eu.gcr.io/acme/app",
                        "k8s.gcr.io/pause",
                        "registry.gitlab.com/acme/app",
                        "public.ecr.aws/x/y",
                        "ttl.sh/x",
                        "mirror.corp.example.com/gcr.io/acme/app",
                        "registry.corp.example.com/app@sha256:" + std::string(64, 'a')};
  for (const std::string& image : images) EXPECT_EQ(Like(Policies(), image), "") << image;
}

TEST(LookalikeImages, Parameters) {
  EXPECT_EQ(Like(Policies(", maxDistance: 1"), "registry.k8s.com/pause"), "");
  EXPECT_EQ(Like(Policies(", maxDistance: 1"), "registry.k8s.oi/pause"), "registry.k8s.io");
  EXPECT_EQ(Like(Policies(", minLength: 20"), "registry.k8s.oi/pause"), "");
  EXPECT_EQ(Like(Policies(", minLength: 6"), "gcr.oi/acme/app"), "gcr.io");
}

TEST(LookalikeImages, MistakesInThePolicy) {
  for (const std::string entry : {"registry.k8s.io/pause", "k8s", "index.docker.io",
                                  "https://gcr.io", "gcr.io/", "", "gcr.io:https"}) {
    EXPECT_EQ(
        Mistakes(PolicyText("p", "lookalikeImages", "params: {protect: [\"" + entry + "\"]}")),
        "\"" + entry + "\" is no registry, as in registry.k8s.io");
  }
  EXPECT_EQ(
      Mistakes(PolicyText("p", "lookalikeImages", "params: {protect: [GCR.IO], minLength: 0}")),
      "expected a number from 1 to 64, got 0");
}

TEST(LookalikeImages, B33_B36_EveryPlaceOfAnImage) {
  for (const Place& place : PlacesOf(App("gcr.lo/acme/app"))) {
    EXPECT_EQ(Verdict(Policies(), CreateText(place.kind, place.spec)),
              Lines{"deny p " + place.path + ".image"});
  }
  const std::string volume =
      R"({"containers":[{"name":"a"}],"volumes":[{"name":"v","image":{"reference":"gcr.lo/m"}}]})";
  EXPECT_EQ(Verdict(Policies(), CreateText("Pod", volume)),
            Lines{"deny p spec.volumes[0].image.reference"});
}

TEST(LookalikeImages, B30_LongNamesAreQuick) {
  std::string containers;
  for (int i = 0; i < 500; ++i) {
    containers += (i ? "," : "") + App(std::string(200, 'a') + ".io/" + std::string(40, 'b'));
  }
  EXPECT_EQ(Verdict(Policies(), CreateText("Pod", PodText(containers))), Lines{"allow"});
}

}  // namespace
}  // namespace tidewaiter
