#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& params = "") {
  return Load(PolicyText("p", "imagePinning", "params: {" + params + "}"));
}

std::string App(const std::string& image) {
  return R"({"name":"app","image":)" + JsonText(image) + "}";
}

const std::string kDigest = "@sha256:" + std::string(64, 'a');

// What is said of a pod's one image, without what is the same for all.
std::string Fault(const PolicySet& policies, const std::string& image) {
  const Lines lines = Violations(policies, CreateText("Pod", PodText(App(image))));
  if (lines.empty()) return "";
  const std::string start = "spec.containers[0].image|app|container \"app\" ";
  EXPECT_TRUE(lines.size() == 1 && lines[0].starts_with(start)) << lines[0];
  return lines[0].substr(start.size());
}

TEST(ImagePinning, B32_TagsAndDigests) {
  const auto uses = [](const std::string& image, const std::string& what) {
    return "uses \"" + image + "\"" + what;
  };
  const std::string none = ", which has no tag and so means latest";
  const auto moves = [](const std::string& tag) {
    return ", whose tag \"" + tag + "\" names another image from time to time";
  };
  struct Case {
    std::string image;
    std::string want;
  };
  for (const Case& c : {
           Case{"reg.example.com:443/app", none},
           Case{"nginx", none},
           Case{"latest", none},
           Case{"localhost/latest", none},
           Case{"nginx:latest", moves("latest")},
           Case{"reg.example.com:443/app:main", moves("main")},
           Case{"app:nightly", moves("nightly")},
           Case{"app:latest" + kDigest, ""},
           Case{"app" + kDigest, ""},
           Case{"app:1.4", ""},
           Case{"app:latest-1.4", ""},
           Case{"app:LATEST", ""},
           Case{"reg.example.com:443/app:v1", ""},
       }) {
    EXPECT_EQ(Fault(Policies(), c.image), c.want.empty() ? "" : uses(c.image, c.want)) << c.image;
  }
  EXPECT_EQ(Fault(Policies(), "nginx:"),
            "uses \"nginx:\", which is no image reference: malformed tag");
  EXPECT_EQ(Fault(Policies(), ""), "names no image");
}

TEST(ImagePinning, Parameters) {
  const PolicySet digests = Policies("requireDigest: true");
  EXPECT_EQ(Fault(digests, "app:1.4"), "uses \"app:1.4\" without a digest");
  EXPECT_EQ(Fault(digests, "app:latest" + kDigest), "");
  const PolicySet tags = Policies("mutableTags: [\"*-SNAPSHOT\", stable]");
  EXPECT_EQ(Fault(tags, "app:1.4-SNAPSHOT"),
            "uses \"app:1.4-SNAPSHOT\", whose tag \"1.4-SNAPSHOT\" names another image from time "
            "to time");
  EXPECT_EQ(Fault(tags, "app:main"), "");
  // No tag is never pinned.
  EXPECT_EQ(Fault(tags, "app"), "uses \"app\", which has no tag and so means latest");
}

TEST(ImagePinning, B33_B36_EveryPlaceOfAnImage) {
  for (const Place& place : PlacesOf(App("app:dev"))) {
    const Lines found = Verdict(Policies("mutableTags: [dev]"), CreateText(place.kind, place.spec));
    EXPECT_EQ(std::count(found.begin(), found.end(), "deny p " + place.path + ".image"), 1)
        << place.path;
  }
  const std::string volume = R"({"containers":[{"name":"app","image":"app:1"}],)"
                             R"("volumes":[{"name":"v","image":{"reference":"models:main"}}]})";
  EXPECT_EQ(Violations(Policies(), CreateText("Deployment", volume)),
            Lines{"spec.template.spec.volumes[0].image.reference|v|volume \"v\" uses "
                  "\"models:main\", whose tag \"main\" names another image from time to time"});
}

TEST(ImagePinning, AnotherMutableTagIsNew) {
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Pod", PodText(App("app:dev")), PodText(App("app:dev"))),
            Lines{"audit p spec.containers[0].image unchanged"});
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Pod", PodText(App("app:dev")), PodText(App("app:main"))),
            Lines{"deny p spec.containers[0].image"});
}

}  // namespace
}  // namespace tidewaiter
