#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

PolicySet Policies(const std::string& params = "forbidden: [SYS_ADMIN, NET_ADMIN]") {
  return Load(PolicyText("p", "capabilities", "params: {" + params + "}"));
}

// A container named "app" that adds these capabilities, as JSON.
std::string App(const std::string& add) {
  return R"({"name":"app","image":"nginx","securityContext":{"capabilities":{"add":)" + add + "}}}";
}
std::string Pod(const std::string& add) { return CreateText("Pod", PodText(App(add))); }

const std::string kAdd = "spec.containers[0].securityContext.capabilities.add[";

std::string Adds(int index, const std::string& name) {
  return kAdd + std::to_string(index) + "]|app|container \"app\" adds the capability \"" + name +
         "\"";
}

TEST(Capabilities, B33_B34_EveryPlaceOfAContainer) {
  for (const Place& place : PlacesOf(App(R"(["NET_RAW","SYS_ADMIN"])"))) {
    EXPECT_EQ(Verdict(Policies(), CreateText(place.kind, place.spec)),
              Lines{"deny p " + place.path + ".securityContext.capabilities.add[1]"})
        << place.kind;
  }
  for (const Place& place : PlacesOf(App(R"(["CHOWN"])"))) {
    EXPECT_EQ(Verdict(Policies(), CreateText(place.kind, place.spec)), Lines{"allow"});
  }
}

TEST(Capabilities, B46_SpellingsThatRuntimesAccept) {
  for (const std::string spelling :
       {"SYS_ADMIN", "sys_admin", "CAP_SYS_ADMIN", "Sys_Admin", "cap_sys_admin"}) {
    EXPECT_EQ(Violations(Policies(), Pod("[\"" + spelling + "\"]")), Lines{Adds(0, "SYS_ADMIN")})
        << spelling;
  }
  for (const std::string spelling : {"ALL", "all", "CAP_ALL"}) {
    EXPECT_EQ(Violations(Policies(), Pod("[\"" + spelling + "\"]")), Lines{Adds(0, "ALL")})
        << spelling;
  }
  // One prefix is stripped, and no space; what is named twice is told once.
  EXPECT_EQ(Violations(Policies(), Pod(R"(["CAP_CAP_SYS_ADMIN"," SYS_ADMIN","SYS_ADMINS"])")),
            Lines{});
  EXPECT_EQ(Violations(Policies(), Pod(R"(["NET_ADMIN","SYS_ADMIN","cap_net_admin"])")),
            (Lines{Adds(0, "NET_ADMIN"), Adds(1, "SYS_ADMIN")}));
  for (const std::string nothing : {"null", "[]"}) {
    EXPECT_EQ(Violations(Policies(), Pod(nothing)), Lines{}) << nothing;
  }
  EXPECT_EQ(
      Violations(Policies(), Pod("\"ALL\"")),
      Lines{"refused: spec.containers[0].securityContext.capabilities.add: expected an array, "
            "got a string"});
}

TEST(Capabilities, WithAllowedAnyOtherIsRefused) {
  const PolicySet policies = Policies("allowed: [CHOWN, NET_BIND_SERVICE]");
  EXPECT_EQ(Violations(policies, Pod(R"(["chown","CAP_NET_BIND_SERVICE"])")), Lines{});
  EXPECT_EQ(Violations(policies, Pod(R"(["NET_RAW","ALL","NO_SUCH"])")),
            (Lines{Adds(0, "NET_RAW"), Adds(1, "ALL"), Adds(2, "NO_SUCH")}));
}

TEST(Capabilities, B42_NoAnnotationExempts) {
  const std::string object = ObjectText("Pod", PodText(App(R"(["SYS_ADMIN"])")));
  std::string annotated = object;
  annotated.insert(annotated.find("\"name\""),
                   R"("annotations":{"kubernetes.io/config.mirror":"x","policy.exempt":"true"},)");
  EXPECT_EQ(Verdict(Policies(), ReviewText({.object = annotated})),
            Verdict(Policies(), ReviewText({.object = object})));
}

TEST(Capabilities, AnotherSpellingIsNothingNew) {
  EXPECT_EQ(VerdictOfUpdate(Policies(), "Deployment", PodText(App(R"(["SYS_ADMIN"])")),
                            PodText(App(R"(["cap_sys_admin","NET_ADMIN"])"))),
            (Lines{"audit p spec.template." + kAdd + "0] unchanged",
                   "deny p spec.template." + kAdd + "1]"}));
}

TEST(Capabilities, MistakesInThePolicy) {
  const auto mistakes = [](const std::string& params) {
    return Mistakes(PolicyText("p", "capabilities", "params: {" + params + "}"));
  };
  const std::string one =
      "expected one of the lists \"forbidden\" and \"allowed\", with something in it";
  for (const std::string wrong : {"", "forbidden: []", "forbidden: [ALL], allowed: [CHOWN]"}) {
    EXPECT_EQ(mistakes(wrong), one) << wrong;
  }
  EXPECT_EQ(mistakes("forbidden: [CAP_BPF]"),
            "\"CAP_BPF\" is no capability, as in SYS_ADMIN: in upper case, without CAP_");
  EXPECT_EQ(mistakes("allowed: CHOWN"), "expected a list, got CHOWN");
}

}  // namespace
}  // namespace tidewaiter
