#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& report = "") {
  return Load(
      PolicyText("p", "imageChanges", report.empty() ? "" : "params: {report: [" + report + "]}"));
}

std::string App(const std::string& image, const std::string& name = "app") {
  return R"({"name":")" + name + R"(","image":)" + JsonText(image) + "}";
}

Lines Changes(const std::string& kind, const std::string& before, const std::string& after,
              const std::string& report = "") {
  return Violations(Policies(report), UpdateText(kind, PodText(App(before)), PodText(App(after))));
}

const std::string kA = "@sha256:" + std::string(64, 'a');
const std::string kB = "@sha256:" + std::string(64, 'b');

TEST(ImageChanges, TheGreatestChangeOfAnImageCounts) {
  struct Case {
    std::string before;
    std::string after;
    std::string change;  // empty: none
    std::string words;
  };
  for (const Case& c : {
           Case{"r.io/app:1", "s.io/app:1", "registry", "of another registry"},
           Case{"r.io/app" + kA, "r.io:443/other", "registry", "of another registry"},
           Case{"nginx:1", "quay.io/library/nginx:1", "registry", "of another registry"},
           Case{"nginx:1", "NGINX", "registry", "of another registry"},
           Case{"nginx:1", "", "registry", "of another registry"},
           Case{"r.io/app:1", "r.io/app/x:1", "repository", "of another repository"},
           Case{"nginx:1", "acme/nginx:1", "repository", "of another repository"},
           Case{"r.io/app:1" + kA, "r.io/app:1", "digestDropped", "without a digest"},
           Case{"r.io/app:1", "r.io/app:2", "tag", "of another version"},
           Case{"r.io/app:1", "r.io/app", "tag", "of another version"},
           Case{"r.io/app" + kA, "r.io/app" + kB, "tag", "of another version"},
           Case{"r.io/app:1", "r.io/app:1" + kB, "tag", "of another version"},
           Case{"r.io/app:1" + kA, "r.io/app:2" + kA, "", ""},
           Case{"nginx", "docker.io/library/nginx:latest", "", ""},
           Case{"nginx", "index.docker.io/library/nginx", "", ""},
           Case{"NGINX", "NGINX", "", ""},
       }) {
    const Lines want =
        c.change.empty()
            ? Lines{}
            : Lines{
                  "spec.template.spec.containers[0].image|app|container \"app\" changes its image "
                  "from \"" +
                  c.before + "\" to \"" + c.after + "\", " + c.words};
    EXPECT_EQ(Changes("Deployment", c.before, c.after), want) << c.before << " " << c.after;
    for (const std::string report : {"registry", "repository", "digestDropped", "tag"}) {
      EXPECT_EQ(Changes("Deployment", c.before, c.after, report),
                report == c.change ? want : Lines{})
          << c.before << " " << c.after << " " << report;
    }
    EXPECT_EQ(Changes("Deployment", c.before, c.after, "podSwap"), Lines{});
  }
}

TEST(ImageChanges, AnyChangeInAPodIsASwap) {
  EXPECT_EQ(Changes("Pod", "app:1", "app:2", "podSwap"),
            Lines{"spec.containers[0].image|app|container \"app\" changes its image in a running "
                  "pod from \"app:1\" to \"app:2\", of another version"});
  EXPECT_EQ(Changes("Pod", "app:1", "r.io/app:1", "podSwap"),
            Lines{"spec.containers[0].image|app|container \"app\" changes its image in a running "
                  "pod from \"app:1\" to \"r.io/app:1\", of another registry"});
  EXPECT_EQ(Changes("Pod", "nginx", "nginx:latest", "podSwap"), Lines{});
}

TEST(ImageChanges, B51_ContainersAreComparedByListAndName) {
  const std::string a = App("r.io/a:1", "a");
  const std::string b = App("s.io/b:1", "b");
  const auto changes = [](const std::string& before, const std::string& after) {
    return Violations(Policies("registry"), UpdateText("Deployment", before, after));
  };
  EXPECT_EQ(changes(PodText(a + "," + b), PodText(b + "," + a)), Lines{});
  EXPECT_EQ(changes(PodText(a), PodText(a + "," + b)), Lines{});
  EXPECT_EQ(changes(PodText(a), PodText(App("s.io/a:1", "renamed"))), Lines{});
  const auto init = [&](const std::string& image) {
    return R"({"initContainers":[)" + App(image, "a") + R"(],"containers":[)" + a + "]}";
  };
  EXPECT_EQ(changes(init("r.io/a:1"), init("evil.example.net/a:1")),
            Lines{"spec.template.spec.initContainers[0].image|a|container \"a\" changes its image "
                  "from \"r.io/a:1\" to \"evil.example.net/a:1\", of another registry"});
}

TEST(ImageChanges, B36_ImageVolumes) {
  const auto spec = [](const std::string& image) {
    return R"({"containers":[{"name":"v","image":"a:1"}],"volumes":[{"name":"v","image":)"
           R"({"reference":")" +
           image + "\"}}]}";
  };
  EXPECT_EQ(Violations(Policies(), UpdateText("Job", spec("models:1"), spec("r.io/models:1"))),
            Lines{"spec.template.spec.volumes[0].image.reference|v|volume \"v\" changes its image "
                  "from \"models:1\" to \"r.io/models:1\", of another registry"});
}

TEST(ImageChanges, B58_WithoutAnOldObjectThereIsNoChange) {
  EXPECT_EQ(Verdict(Policies(), CreateText("Pod", PodText(App("evil.example.net/a")))),
            Lines{"allow"});
}

}  // namespace
}  // namespace tidewaiter
