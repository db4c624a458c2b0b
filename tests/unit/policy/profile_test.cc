// The profiles that are compiled in.

#include "webhook/policy/profile.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

std::set<std::string> ChecksOf(const std::string& profile) {
  Diagnostics diagnostics;
  const auto files = ProfileFiles(profile);
  EXPECT_TRUE(files) << profile;
  const auto policies = ParsePolicies(*files, ShippedChecks(), diagnostics);
  EXPECT_EQ(diagnostics.Render(), "") << profile;
  std::set<std::string> checks;
  for (const Policy& policy : policies->policies) checks.insert(policy.check_id);
  return checks;
}

TEST(Profiles, EachHasWhatTheWeakerOnesHave) {
  EXPECT_EQ(ProfileNames(),
            (std::vector<std::string>{"default", "detections", "baseline", "restricted"}));
  for (const std::string profile : {"detections", "baseline", "restricted"}) {
    const std::set<std::string> checks = ChecksOf(profile);
    for (const std::string& check : ChecksOf("default"))
      EXPECT_TRUE(checks.contains(check)) << check;
  }
}

TEST(Profiles, BaselineAndRestrictedAreTheLevelsOfTheStandard) {
  for (const auto& [profile, level] : {std::pair("baseline", PodSecurityLevel::kBaseline),
                                       std::pair("restricted", PodSecurityLevel::kRestricted)}) {
    const std::set<std::string> checks = ChecksOf(profile);
    std::set<std::string_view> of_level;
    for (const PodSecurityCheck* const check : PodSecurityChecksAt(level, {})) {
      of_level.insert(check->id);
    }
    for (const PodSecurityCheck& check : PodSecurityChecks()) {
      EXPECT_EQ(checks.contains(std::string(check.id)), of_level.contains(check.id))
          << profile << " " << check.id;
    }
  }
}

TEST(Profiles, AnUnknownOneIsNone) { EXPECT_FALSE(ProfileFiles("strict")); }

}  // namespace
}  // namespace tidewaiter
