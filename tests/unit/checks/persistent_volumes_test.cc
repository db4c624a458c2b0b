#include <gtest/gtest.h>

#include "tests/unit/support/verdicts.h"

namespace tidewaiter {
namespace {

using Lines = std::vector<std::string>;

Lines Of(const std::string& spec) {
  return Violations(Load(PolicyText("p", "persistentVolumes")),
                    CreateText("PersistentVolume", spec));
}

TEST(PersistentVolumes, B47_PathsOfNodes) {
  EXPECT_EQ(Of(R"({"hostPath":{"path":"/etc"}})"),
            Lines{"spec.hostPath.path||the PersistentVolume is \"/etc\" of a node"});
  EXPECT_EQ(Of(R"({"local":{"path":"/mnt/disk1"}})"),
            Lines{"spec.local.path||the PersistentVolume is \"/mnt/disk1\" of a node"});
  EXPECT_EQ(Of(R"({"hostPath":{}})"),
            Lines{"spec.hostPath.path||the PersistentVolume is \"\" of a node"});
  for (const std::string other :
       {R"({"csi":{"driver":"d","volumeHandle":"h"}})", R"({"nfs":{"path":"/","server":"s"}})",
        R"({"hostPath":null,"local":null})", "{}"}) {
    EXPECT_EQ(Of(other), Lines{}) << other;
  }
  EXPECT_EQ(Of(R"({"hostPath":"/etc"})"),
            Lines{"refused: spec.hostPath: expected an object, got a string"});
  EXPECT_EQ(Of(R"({"local":{"path":["/"]}})"),
            Lines{"refused: spec.local.path: expected a string, got an array"});
}

TEST(PersistentVolumes, AnUpdateOfOtherFieldsIsNothingNew) {
  const PolicySet policies = Load(PolicyText("p", "persistentVolumes"));
  const std::string before = R"({"hostPath":{"path":"/srv"}})";
  const std::string bound = R"({"hostPath":{"path":"/srv"},"claimRef":{"name":"c"}})";
  EXPECT_EQ(Verdict(policies, UpdateText("PersistentVolume", before, bound)),
            Lines{"audit p spec.hostPath.path unchanged"});
  EXPECT_EQ(
      Verdict(policies, UpdateText("PersistentVolume", R"({"hostPath":{"path":"/"}})", bound)),
      Lines{"deny p spec.hostPath.path"});
}

}  // namespace
}  // namespace tidewaiter
