#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/support/requests.h"
#include "webhook/policy/loader.h"
#include "webhook/policy/suite.h"

namespace tidewaiter {
namespace {

// A check that finds every image whose text stands in a list, to see that lists reach their checks.
struct ListParams {
  std::string list;
  std::shared_ptr<const IndicatorList> found;
};

void FindList(const YamlNode& node, const References& references, ListParams& params,
              YamlContext& context) {
  params.found = references.FindList(params.list);
  if (params.found == nullptr && node.Find("list") != nullptr) {
    UnknownWord(*node.Find("list"), "list", references.ListNames(), context);
  }
}

std::vector<Violation> CheckListed(const AdmissionRequest& request, const ListParams& params) {
  std::vector<Violation> violations;
  if (request.pod() == nullptr) return violations;
  for (const Container& container : request.Containers(*request.pod())) {
    for (const Indicator& indicator : params.found->indicators) {
      if (indicator.value == container.image) {
        violations.push_back({"image", "", indicator.value, indicator.source});
      }
    }
  }
  return violations;
}

std::vector<CheckKind> Checks() {
  return {{"listed",
           "for this test",
           "none",
           {.operations = {Operation::kCreate}, .pod_specs = true},
           Bind<ListParams>({{"list", "the list", kRequired, &ListParams::list}}, CheckListed,
                            FindList)}};
}

const std::string kList =
    "apiVersion: tidewaiter.io/v1alpha1\nkind: IndicatorList\nmetadata: {name: miners}\n";

std::string Policy(const std::string& list) {
  return PolicyText("p", "listed", "params: {list: " + list + "}");
}

TEST(References, ListsReachTheChecksWhateverTheOrderOfFiles) {
  Diagnostics diagnostics;
  auto set = ParsePolicies(
      std::vector<SourceFile>{
          {"a.yaml", Policy("miners")},
          {"b.yaml", kList + "spec:\n  indicators:\n  - {type: image, value: acme/miner, "
                             "source: me, confidence: 90}\n"}},
      Checks(), diagnostics);
  ASSERT_TRUE(set.has_value()) << diagnostics.Render();
  // The check goes on when the set that it was loaded with is gone.
  PolicySet copy;
  copy.policies = set->policies;
  set.reset();
  EXPECT_EQ(Violations(copy, CreateText("Pod", PodText(R"({"name":"a","image":"acme/miner"})"))),
            std::vector<std::string>{"image||me"});
  EXPECT_EQ(Violations(copy, CreateText("Pod", PodText(R"({"name":"a","image":"acme/web"})"))),
            std::vector<std::string>());
}

TEST(References, AnUnknownListIsAnError) {
  Diagnostics diagnostics;
  const std::vector<SourceFile> files = {
      {"a.yaml", Policy("miner")},
      {"b.yaml", kList + "spec: {indicators: [{type: ip, value: \"2001:db8::7\", source: me, "
                         "confidence: 0}]}\n"}};
  EXPECT_FALSE(ParsePolicies(files, Checks(), diagnostics).has_value());
  EXPECT_EQ(diagnostics.Summary(), "unknown list \"miner\"; did you mean \"miners\"?");
}

TEST(References, ATextFileHasOneValueALine) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("tidewaiter-list-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "list.yaml") << kList
                                      << "spec: {file: values.txt, type: domain, source: me, "
                                         "confidence: 70, expires: 2027-03-31}\n";
  const auto load = [&](const std::string& values) {
    std::ofstream(folder / "values.txt") << values;
    Diagnostics diagnostics;
    const auto files = ReadPolicyFiles({folder.string()}, diagnostics);
    EXPECT_TRUE(files.has_value()) << diagnostics.Render();
    const auto set = ParsePolicies(*files, Checks(), diagnostics);
    EXPECT_TRUE(set.has_value()) << diagnostics.Render();
    return set.value_or(PolicySet());
  };
  const PolicySet set = load("# comment\r\n\r\nc2.example.test  \r\nb.example.test");
  const auto list = set.references.FindList("miners");
  ASSERT_TRUE(list != nullptr);
  ASSERT_EQ(list->indicators.size(), 2U);
  EXPECT_EQ(list->indicators[0].value, "c2.example.test");
  EXPECT_EQ(list->indicators[1].value, "b.example.test");
  EXPECT_EQ(list->indicators[1].type, IndicatorType::kDomain);
  EXPECT_EQ(list->indicators[1].source, "me");
  EXPECT_EQ(list->indicators[1].confidence.value, 70);
  EXPECT_TRUE(list->indicators[1].expires.has_value());
  // What stands in it is part of the set, and of the set's digest.
  EXPECT_NE(load("c.example.test\n").revision.digest, set.revision.digest);
  std::filesystem::remove(folder / "values.txt");
  Diagnostics diagnostics;
  EXPECT_FALSE(ReadPolicyFiles({folder.string()}, diagnostics).has_value());
  EXPECT_EQ(diagnostics.Summary(),
            "cannot read " + (folder / "values.txt").string() + ": No such file or directory");
  std::filesystem::remove_all(folder);
}

TEST(Suites, AreReadByTheirOwnDoorAndPassedOverByTheOther) {
  const std::string text =
      "apiVersion: tidewaiter.io/v1alpha1\nkind: Suite\nmetadata: {name: p}\nspec:\n"
      "  policies: [p]\n  now: 2026-11-01T00:00:00Z\n  cases:\n"
      "  - name: refused\n    object: pods/a.yaml\n    operation: UPDATE\n"
      "    oldObject: {kind: Pod}\n    namespace: shop\n    user: jane\n    groups: [dev]\n"
      "    dryRun: true\n    expect: {action: deny, findings: [{policy: p, field: spec.x}]}\n"
      "  - {name: recorded, review: a.json, expect: {action: allow}}\n";
  Diagnostics diagnostics;
  const std::vector<SourceFile> files = {{"suite.yaml", text},
                                         {"p.yaml", PolicyText("p", "privileged")}};
  const auto suites = ParseSuites(files, diagnostics);
  ASSERT_TRUE(suites.has_value()) << diagnostics.Render();
  ASSERT_EQ(suites->size(), 1U);
  const Suite& suite = suites->front();
  EXPECT_EQ(suite.name, "p");
  EXPECT_EQ(suite.policies.at(0).name, "p");
  EXPECT_EQ(FormatLocation(suite.policies.at(0).location), "suite.yaml:5:14");
  EXPECT_TRUE(suite.now.has_value());
  ASSERT_EQ(suite.cases.size(), 2U);
  const SuiteCase& one = suite.cases[0];
  EXPECT_EQ(one.object->file, "pods/a.yaml");
  EXPECT_TRUE(one.old_object->written.has_value());
  EXPECT_EQ(one.operation, Operation::kUpdate);
  EXPECT_EQ(one.name_space + one.user + one.groups.at(0), "shopjanedev");
  EXPECT_TRUE(one.dry_run);
  EXPECT_EQ(one.expect.action, EnforcementAction::kDeny);
  EXPECT_EQ(one.expect.findings.at(0).field, "spec.x");
  EXPECT_EQ(suite.cases[1].expect.action, EnforcementAction::kAllow);
  EXPECT_EQ(suite.cases[1].review->file, "a.json");

  Diagnostics others;
  const std::vector<SourceFile> broken = {{"suite.yaml", text + "  - {nonsense: true}\n"},
                                          {"p.yaml", PolicyText("p", "privileged")}};
  const auto set = ParsePolicies(broken, ShippedChecks(), others);
  ASSERT_TRUE(set.has_value()) << others.Render();
  EXPECT_EQ(set->policies.size(), 1U);
}

}  // namespace
}  // namespace tidewaiter
