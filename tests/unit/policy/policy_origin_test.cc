#include "webhook/policy/policy_origin.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "tests/unit/support/requests.h"

namespace tidewaiter {
namespace {

const std::string kOne(40, '1');
const std::string kTwo(40, '2');

class Origin : public testing::Test {
 protected:
  // "" and an error if the paths cannot be read.
  PolicyRevision Revision(std::vector<std::string> names, const std::string& commit = "") {
    for (std::string& name : names) name = folder_.Path(name);
    Diagnostics diagnostics;
    const auto files = ReadPolicies({names, "", commit}, diagnostics);
    error_ = diagnostics.Summary();
    return files ? files->revision : PolicyRevision();
  }

  TemporaryFolder folder_;
  std::string error_;
};

TEST_F(Origin, FixturesLieBelowAPathAndNeverAboveIt) {
  const std::string policy = PolicyText("a", "privileged");
  folder_.Write("plain/a.yaml", policy);
  const std::string digest = Revision({"plain"}).digest;
  folder_.Write("plain/testdata/pod.yaml", "kind: Pod");
  EXPECT_EQ(Revision({"plain"}).digest, digest);
  // What a path is read through may have any name: its policies must not vanish.
  folder_.Write("testdata/pol/a.yaml", policy);
  folder_.Link("mount/..data", folder_.Path("testdata/pol"));
  for (const char* const path : {"testdata/pol", "mount", "testdata/pol/a.yaml"}) {
    Diagnostics diagnostics;
    const auto files = ReadPolicies({{folder_.Path(path)}, "", ""}, diagnostics);
    ASSERT_TRUE(files) << path;
    EXPECT_EQ(files->files.size(), 1U) << path;
  }
}

TEST_F(Origin, TheSameFilesHaveTheSameDigestWhereverTheyLie) {
  const std::string a = PolicyText("a", "privileged");
  const std::string b = PolicyText("b", "privileged");
  folder_.Write("repository/policies/a.yaml", a);
  folder_.Write("repository/policies/sub/b.yaml", b);
  folder_.Write("mount/..2026_11_21/a.yaml", a);
  folder_.Write("mount/..2026_11_21/sub/b.yaml", b);
  folder_.Link("mount/..data", "..2026_11_21");
  const std::string digest = Revision({"repository/policies"}).digest;
  EXPECT_EQ(digest.size(), 7U + 64U);
  EXPECT_EQ(Revision({"repository/policies/"}).digest, digest);
  EXPECT_EQ(Revision({"mount"}).digest, digest);
  folder_.Write("mount/..2026_11_22/a.yaml", a);
  folder_.Write("mount/..2026_11_22/sub/b.yaml", b + "\n");
  folder_.Link("mount/..data", "..2026_11_22");
  EXPECT_NE(Revision({"mount"}).digest, digest);
  // A file alone counts by its own name.
  EXPECT_EQ(Revision({"repository/policies/a.yaml"}).digest,
            Revision({"mount/..2026_11_21/a.yaml"}).digest);
}

TEST_F(Origin, TheCommitsOfThePaths) {
  folder_.Write("one/.git/HEAD", kOne);
  folder_.Write("one/a.yaml", PolicyText("a", "privileged"));
  folder_.Write("one/sub/b.yaml", PolicyText("b", "privileged"));
  folder_.Write("two/.git/HEAD", kTwo);
  folder_.Write("two/c.yaml", PolicyText("c", "privileged"));
  folder_.Write("plain/d.yaml", PolicyText("d", "privileged"));
  EXPECT_EQ(Revision({"plain"}).commit, "");
  EXPECT_EQ(Revision({"one/sub", "plain", "one/a.yaml"}).commit, kOne);
  EXPECT_EQ(Revision({"two", "one"}).commit, kTwo + "," + kOne);
  EXPECT_EQ(Revision({"two", "one"}, "release 7").commit, "release 7");
}

TEST_F(Origin, WhatCannotBeRead) {
  EXPECT_EQ(Revision({"absent"}), PolicyRevision());
  EXPECT_NE(error_.find("No such file"), std::string::npos) << error_;
  folder_.Write("empty/readme.md", "");
  EXPECT_EQ(Revision({"empty"}), PolicyRevision());
  EXPECT_EQ(error_, "no policy file (*.yaml) in this folder");
  Diagnostics diagnostics;
  EXPECT_FALSE(ReadPolicies({{}, "defalt", ""}, diagnostics));
  EXPECT_EQ(diagnostics.Summary(), "unknown profile \"defalt\"; did you mean \"default\"?");
}

TEST_F(Origin, TheProfileAndThePathsAddUp) {
  folder_.Write("a.yaml", PolicyText("a", "privileged"));
  Diagnostics diagnostics;
  const auto profile = ReadPolicies({}, diagnostics);
  const auto both = ReadPolicies({{folder_.Path("a.yaml")}, "default", ""}, diagnostics);
  ASSERT_TRUE(profile && both) << diagnostics.Summary();
  EXPECT_EQ(both->files.size(), profile->files.size() + 1);
  EXPECT_NE(both->revision.digest, profile->revision.digest);
  const std::vector<CheckKind> checks = ShippedChecks();
  const auto policies = ParsePolicies(*both, checks, diagnostics);
  ASSERT_TRUE(policies) << diagnostics.Summary();
  EXPECT_EQ(policies->revision, both->revision);
}

TEST(Revision, ForPeople) {
  const std::string digest = "sha256:0123456789abcdef";
  EXPECT_EQ(FormatRevision({digest, ""}), "sha256:0123456789ab");
  EXPECT_EQ(FormatRevision({digest, kOne}), "sha256:0123456789ab commit " + kOne);
}

}  // namespace
}  // namespace tidewaiter
