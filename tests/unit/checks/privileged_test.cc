#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

const std::string kBad = R"({"name":"bad","image":"nginx","securityContext":{"privileged":true}})";
const std::string kClean = R"({"name":"bad","image":"nginx"})";

PolicySet Policies() { return Load(PolicyText("p", "privileged")); }

TEST(Privileged, B33_B34_EveryPlaceOfAContainer) {
  const PolicySet policies = Policies();
  for (const Place& place : PlacesOf(kBad)) {
    EXPECT_EQ(Violations(policies, CreateText(place.kind, place.spec)),
              Lines{place.path + ".securityContext.privileged|bad|container \"bad\" is privileged"})
        << place.kind;
  }
  for (const Place& place : PlacesOf(kClean)) {
    EXPECT_EQ(Violations(policies, CreateText(place.kind, place.spec)), Lines{}) << place.path;
  }
}

TEST(Privileged, B33_ThroughTheSubresourceEphemeralContainers) {
  const auto update = [](const std::string& container) {
    return ReviewText({.operation = "UPDATE",
                       .sub_resource = "ephemeralcontainers",
                       .object = ObjectText("Pod", R"({"containers":[{"name":"app"}],)"
                                                   R"("ephemeralContainers":[)" +
                                                       container + "]}"),
                       .old_object = ObjectText("Pod", PodText(R"({"name":"app"})"))});
  };
  EXPECT_EQ(Verdict(Policies(), update(kBad)),
            Lines{"deny p spec.ephemeralContainers[0].securityContext.privileged"});
  EXPECT_EQ(Verdict(Policies(), update(kClean)), Lines{"allow"});
}

TEST(Privileged, B34_ASidecar) {
  const std::string sidecar =
      R"({"initContainers":[{"name":"i"},{"name":"s","restartPolicy":"Always",)"
      R"("securityContext":{"privileged":true}}],"containers":[{"name":"app"}]})";
  EXPECT_EQ(
      Violations(Policies(), CreateText("Pod", sidecar)),
      Lines{"spec.initContainers[1].securityContext.privileged|s|container \"s\" is privileged"});
}

TEST(Privileged, B35_TheFiveHundredth) {
  const auto pod = [](const std::string& last) {
    std::string containers;
    for (int i = 0; i < 499; ++i) containers += kClean + ",";
    return CreateText("Pod", PodText(containers + last));
  };
  EXPECT_EQ(Violations(Policies(), pod(kBad)),
            Lines{"spec.containers[499].securityContext.privileged|bad|container \"bad\" is "
                  "privileged"});
  EXPECT_EQ(Violations(Policies(), pod(kClean)), Lines{});
}

TEST(Privileged, B37_B38_OnlyTrueIsPrivilegedAndNoOtherTypeIsSkipped) {
  struct Case {
    std::string security_context;
    std::string want;
  };
  const std::string field = "spec.containers[0].securityContext";
  const std::string denied = "deny p " + field + ".privileged";
  const std::string wrong = "refused: " + field + ".privileged: expected a boolean, got ";
  for (const Case& c :
       {Case{R"({"privileged":true})", denied}, Case{R"({"privileged":false})", "allow"},
        Case{R"({"privileged":null})", "allow"}, Case{"null", "allow"}, Case{"{}", "allow"},
        Case{R"({"Privileged":true})", "allow"},
        Case{R"({"privileged":"true"})", wrong + "a string"},
        Case{R"({"privileged":1})", wrong + "a number"},
        Case{R"({"privileged":[true]})", wrong + "an array"},
        Case{"[]", "refused: " + field + ": expected an object, got an array"}}) {
    EXPECT_EQ(Verdict(Policies(), CreateText("Pod", PodText(R"({"name":"a","securityContext":)" +
                                                            c.security_context + "}"))),
              Lines{c.want})
        << c.security_context;
  }
}

TEST(Privileged, B42_NoAnnotationExempts) {
  const std::string object =
      R"({"metadata":{"name":"web","labels":{"policy.exempt":"true"},"annotations":{)"
      R"("kubernetes.io/config.mirror":"x","policy.exempt":"true"}},"spec":)" +
      PodText(kBad) + "}";
  EXPECT_EQ(Verdict(Policies(), ReviewText({.object = object})),
            Lines{"deny p spec.containers[0].securityContext.privileged"});
}

TEST(Privileged, B41_WhatIsBeingDeletedIsStillJudged) {
  const auto object = [](const std::string& container) {
    return R"({"metadata":{"name":"web","deletionTimestamp":"2026-01-01T00:00:00Z",)"
           R"("finalizers":["example.com/wait"]},"spec":)" +
           PodText(container) + "}";
  };
  const auto update = [&](const std::string& container) {
    return ReviewText(
        {.operation = "UPDATE", .object = object(container), .old_object = object(kClean)});
  };
  EXPECT_EQ(Verdict(Policies(), update(kBad)),
            Lines{"deny p spec.containers[0].securityContext.privileged"});
  EXPECT_EQ(Verdict(Policies(), update(kClean)), Lines{"allow"});
}

TEST(Privileged, B53_APodThatNamesItsNode) {
  EXPECT_EQ(Verdict(Policies(),
                    CreateText("Pod", R"({"nodeName":"node-1","containers":[)" + kBad + "]}")),
            Lines{"deny p spec.containers[0].securityContext.privileged"});
  EXPECT_EQ(Verdict(Policies(),
                    CreateText("Pod", R"({"nodeName":"node-1","containers":[)" + kClean + "]}")),
            Lines{"allow"});
}

TEST(Privileged, B56_OnlyTheSecond) {
  EXPECT_EQ(Verdict(Policies(), CreateText("Pod", PodText(R"({"name":"a"},)" + kBad))),
            Lines{"deny p spec.containers[1].securityContext.privileged"});
}

// The whole name is compared in full, and shown in part, harmlessly.
TEST(Privileged, AHostileNameIsShownInPart) {
  const std::string name = "\x1b[31m" + std::string(100, 'n');
  const Lines lines = Violations(
      Policies(), CreateText("Pod", PodText(R"({"name":)" + JsonText(name) +
                                            R"(,"securityContext":{"privileged":true}})")));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0], "spec.containers[0].securityContext.privileged|" + name +
                          "|container \"\\u{1b}[31m" + std::string(59, 'n') +
                          "\"... is privileged");
}

TEST(Privileged, AnUpdateThatBringsNothingNew) {
  const std::string field = ".securityContext.privileged";
  const std::string app = R"({"name":"app"})";
  const auto in = [](const std::string& list, const std::string& containers) {
    return "{\"" + list + "\":[" + containers + R"(],"containers":[{"name":"x"}]})";
  };
  struct Case {
    std::string name;
    std::string before;
    std::string after;
    Lines want;
  };
  const std::string other = R"({"name":"other","securityContext":{"privileged":true}})";
  for (const Case& c : {
           Case{"Same", PodText(kBad), PodText(kBad), {"deny p spec.containers[0]" + field}},
           Case{"Moved",
                PodText(kBad),
                PodText(app + "," + kBad),
                {"deny p spec.containers[1]" + field}},
           Case{"Image",
                PodText(kBad),
                PodText(R"({"name":"bad","image":"b","securityContext":{"privileged":true}})"),
                {"deny p spec.containers[0]" + field}},
       }) {
    Lines want = c.want;
    for (std::string& line : want) line = "audit" + line.substr(4) + " unchanged";
    EXPECT_EQ(VerdictOfUpdate(Policies(), "Pod", c.before, c.after), want) << c.name;
  }
  for (const Case& c : {
           Case{"Turned on", PodText(kClean), PodText(kBad), {"deny p spec.containers[0]" + field}},
           Case{
               "B51_Renamed", PodText(kBad), PodText(other), {"deny p spec.containers[0]" + field}},
           Case{"B57_Another",
                PodText(kBad),
                PodText(kBad + "," + other),
                {"audit p spec.containers[0]" + field + " unchanged",
                 "deny p spec.containers[1]" + field}},
           Case{"Turned off", PodText(kBad), PodText(kClean), {"allow"}},
           // A step that ran once becomes a container that runs for ever: that is new.
           Case{"From init to regular",
                in("initContainers", kBad),
                PodText(R"({"name":"x"},)" + kBad),
                {"deny p spec.containers[1]" + field}},
       }) {
    EXPECT_EQ(VerdictOfUpdate(Policies(), "Deployment", c.before, c.after).size(), c.want.size());
    EXPECT_EQ(VerdictOfUpdate(Policies(), "Pod", c.before, c.after), c.want) << c.name;
  }
}

}  // namespace
}  // namespace tidewaiter
