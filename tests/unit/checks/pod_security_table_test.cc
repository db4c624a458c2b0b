// The checks of the Pod Security Standards against upstream's implementation: every pod of
// testdata/pod_security/pods.tsv, by every check and level, in every version, in every kind of
// object that has a pod spec. verdicts.tsv holds what upstream says (tests/pod_security/table.go
// writes it).

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/support/requests.h"
#include "webhook/base/json.h"
#include "webhook/checks/pod_security.h"

namespace tidewaiter {
namespace {

constexpr int kLastMinor = 38;

// The rows of a file of the test data, each split at its tabs.
std::vector<std::vector<std::string>> Rows(const std::string& name) {
  std::ifstream file(std::string(TESTDATA "/pod_security/") + name);
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string>& row = rows.emplace_back();
    for (std::size_t at = 0; at != std::string::npos;) {
      const std::size_t tab = line.find('\t', at);
      row.push_back(line.substr(at, tab - at));
      at = tab == std::string::npos ? tab : tab + 1;
    }
  }
  return rows;
}

// "0-18,31-" as the set of those versions.
std::set<int> Versions(const std::string& runs) {
  std::set<int> versions;
  for (std::size_t at = 0; at < runs.size();) {
    const std::size_t comma = std::min(runs.find(',', at), runs.size());
    const std::string run = runs.substr(at, comma - at);
    const std::size_t hyphen = run.find('-');
    const int first = std::stoi(run);
    const int last = hyphen + 1 == run.size() ? kLastMinor : std::stoi(run.substr(hyphen + 1));
    for (int minor = first; minor <= last; ++minor) versions.insert(minor);
    at = comma + 1;
  }
  return versions;
}

// By pod and by check or level: the versions that refuse the pod.
using Verdicts = std::map<std::pair<std::string, std::string>, std::set<int>>;

Verdicts Upstream() {
  Verdicts verdicts;
  for (const auto& row : Rows("verdicts.tsv")) {
    verdicts[{row.at(0), row.at(1)}] = Versions(row.at(2));
  }
  return verdicts;
}

// An object of the kind with the pod's metadata and spec where the kind has them. Also its own
// metadata is there, with annotations that say nothing of its pods.
std::string Wrapped(const WorkloadKind& workload, const std::string& pod) {
  if (workload.path == "spec") return pod;
  std::string json = pod;
  std::string path = workload.path.substr(0, workload.path.rfind('.'));
  while (true) {
    const std::size_t dot = path.rfind('.');
    const std::string key = dot == std::string::npos ? path : path.substr(dot + 1);
    json = fmt::format(
        R"({{"metadata":{{"annotations":{{"seccomp.security.alpha.kubernetes.io/pod":"x",)"
        R"("container.apparmor.security.beta.kubernetes.io/app":"x"}}}},"{}":{}}})",
        key, json);
    if (dot == std::string::npos) return json;
    path = path.substr(0, dot);
  }
}

struct Judge {
  std::string what;  // a check's id, or a level
  std::vector<Check> by_minor;
};

// Every check alone and every level, each in every version. hostNamespaces and hostPorts have other
// parameters than a version when they stand alone.
std::vector<Judge> Judges() {
  std::vector<Judge> judges;
  const auto add = [&](const std::string& what, const std::string& check,
                       const std::string& params) {
    Judge judge{what, {}};
    for (int minor = 0; minor <= kLastMinor; ++minor) {
      const std::string version = fmt::format("version: v1.{}", minor);
      judge.by_minor.push_back(
          Load(PolicyText("p", check, fmt::format("params: {{{}{}}}", params, version)))
              .policies.at(0)
              .check);
    }
    judges.push_back(std::move(judge));
  };
  for (const PodSecurityCheck& check : PodSecurityChecks()) {
    if (check.id == "hostNamespaces" || check.id == "hostPorts") continue;
    add(std::string(check.id), std::string(check.id), "");
  }
  add("baseline", "podSecurity", "level: baseline, ");
  add("restricted", "podSecurity", "level: restricted, ");
  return judges;
}

TEST(PodSecurity, EveryPodEveryCheckEveryVersionAsUpstream) {
  const Verdicts upstream = Upstream();
  const std::vector<Judge> judges = Judges();
  const auto pods = Rows("pods.tsv");
  ASSERT_GT(pods.size(), 400U);
  ASSERT_GT(upstream.size(), 500U);
  ASSERT_EQ(judges.size(), 19U);
  for (const auto& row : pods) {
    for (const WorkloadKind& workload : WorkloadKinds()) {
      const AdmissionRequest request =
          Parsed(ReviewText({.kind = workload.kind, .object = Wrapped(workload, row.at(1))}));
      ASSERT_TRUE(request.pod()) << row.at(0);
      for (const Judge& judge : judges) {
        std::set<int> refused;
        for (int minor = 0; minor <= kLastMinor; ++minor) {
          const Check& check = judge.by_minor[static_cast<std::size_t>(minor)];
          if (!check(request).empty()) refused.insert(minor);
        }
        const auto want = upstream.find({row.at(0), judge.what});
        EXPECT_EQ(refused, want == upstream.end() ? std::set<int>() : want->second)
            << row.at(0) << " as " << workload.kind << " by " << judge.what;
      }
    }
  }
}

// The table says something about each check: a pod that it refuses in some version, and one that it
// never does.
TEST(PodSecurity, TheTableHasPassAndFailForEveryCheck) {
  const Verdicts upstream = Upstream();
  for (const PodSecurityCheck& check : PodSecurityChecks()) {
    std::size_t refused = 0;
    for (const auto& [key, versions] : upstream) refused += key.second == check.id;
    EXPECT_GT(refused, 1U) << check.id;
    EXPECT_LT(refused, Rows("pods.tsv").size()) << check.id;
  }
}

TEST(PodSecurity, TheChecksOfALevel) {
  const auto count = [](PodSecurityLevel level, int minor) {
    return PodSecurityChecksAt(level, {minor}).size();
  };
  const auto ids = [](PodSecurityLevel level, int minor) {
    std::string text;
    for (const PodSecurityCheck* const check : PodSecurityChecksAt(level, {minor})) {
      text += fmt::format("{}{}", text.empty() ? "" : " ", check->id);
    }
    return text;
  };
  for (int minor = 0; minor <= kLastMinor; ++minor) {
    EXPECT_EQ(count(PodSecurityLevel::kBaseline, minor), minor < 34 ? 11U : 12U) << minor;
    EXPECT_EQ(count(PodSecurityLevel::kRestricted, minor), minor < 8    ? 12U
                                                           : minor < 23 ? 13U
                                                           : minor < 34 ? 14U
                                                                        : 15U)
        << minor;
  }
  EXPECT_EQ(ids(PodSecurityLevel::kRestricted, 22),
            "appArmorProfile hostNamespaces hostPorts privileged procMount seLinuxOptions sysctls "
            "windowsHostProcess allowPrivilegeEscalation capabilities_restricted restrictedVolumes "
            "runAsNonRoot seccompProfile_restricted");
  EXPECT_EQ(ids(PodSecurityLevel::kRestricted, 99),
            "appArmorProfile hostNamespaces hostPorts hostProbesAndHostLifecycle privileged "
            "seLinuxOptions sysctls windowsHostProcess allowPrivilegeEscalation "
            "capabilities_restricted procMount_restricted restrictedVolumes runAsNonRoot runAsUser "
            "seccompProfile_restricted");
}

}  // namespace
}  // namespace tidewaiter
