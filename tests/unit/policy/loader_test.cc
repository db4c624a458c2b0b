#include "webhook/policy/loader.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/support/requests.h"

namespace tidewaiter {
namespace {

const std::string kDocument = "apiVersion: tidewaiter.io/v1alpha1\nkind: Policy\n";
const std::string kSpec = "spec: {check: privileged, action: deny, severity: high}\n";
// Up to line 5; the spec goes on at line 6.
const std::string kHead = kDocument + "metadata:\n  name: p\nspec:\n";

// A policy that is right up to line 8; `rest` begins at line 9.
std::string With(const std::string& check, const std::string& rest) {
  return kHead + "  check: " + check + "\n  action: deny\n  severity: high\n" + rest;
}
const std::string kBase = With("privileged", "");

// Parameters of a policy, from line 10 on.
std::string Ports(const std::string& rest) { return With("hostPorts", "  params:\n" + rest); }
std::string Images(const std::string& p) { return With("imageRegistries", "  params:\n" + p); }

std::string Render(const std::vector<SourceFile>& files) {
  Diagnostics diagnostics;
  const auto policies = ParsePolicies(files, ShippedChecks(), diagnostics);
  EXPECT_EQ(policies.has_value(), !diagnostics.HasErrors());
  return diagnostics.Render();
}

PolicySet Load(const std::vector<SourceFile>& files) {
  Diagnostics diagnostics;
  auto policies = ParsePolicies(files, ShippedChecks(), diagnostics);
  EXPECT_EQ(diagnostics.Render(), "");
  return policies.value_or(PolicySet());
}

Policy LoadOne(const std::string& text) {
  PolicySet set = Load({{"p.yaml", text}});
  EXPECT_EQ(set.policies.size(), 1U);
  return set.policies.empty() ? Policy() : set.policies.front();
}

struct Case {
  std::string name;
  std::string text;
  std::string want;  // the first line of each diagnostic, without the file's name
};

void ExpectErrors(const std::vector<Case>& cases) {
  constexpr std::string_view kFile = "p.yaml:";
  for (const Case& c : cases) {
    std::istringstream rendered(Render({{"p.yaml", c.text}}));
    std::string got;
    for (std::string line; std::getline(rendered, line);) {
      if (line.starts_with(kFile)) got += line.substr(kFile.size()) + "\n";
    }
    EXPECT_EQ(got, c.want) << c.name;
  }
}

TEST(Loader, Documents) {
  const std::string name64(64, 'a');
  ExpectErrors({
      {"EmptyFile", "", "1:1: error: no document in this file\n"},
      {"OnlyComments", "# nothing\n---\n", "1:1: error: no document in this file\n"},
      {"NotAMap", "privileged\n", "1:1: error: expected a map, got privileged\n"},
      {"EmptyMap", "{}\n",
       "1:1: error: missing key \"apiVersion\": tidewaiter.io/v1alpha1\n"
       "1:1: error: missing key \"kind\": Policy, PolicyException, IndicatorList or Suite\n"
       "1:1: error: missing key \"metadata\": the document's name\n"
       "1:1: error: missing key \"spec\": what the document says\n"},
      {"OtherGroup", "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: p}\n" + kSpec,
       "1:13: error: unknown apiVersion \"kyverno.io/v1\"; this program reads "
       "tidewaiter.io/v1alpha1\n"},
      {"EmptyVersion", "apiVersion: \"\"\nkind: Policy\nmetadata: {name: p}\n" + kSpec,
       "1:13: error: unknown apiVersion \"\"; this program reads tidewaiter.io/v1alpha1\n"},
      {"OtherKind",
       "apiVersion: tidewaiter.io/v1alpha1\nkind: Polcy\nmetadata: {name: p}\n" + kSpec,
       "2:7: error: unknown kind \"Polcy\"; did you mean \"Policy\"?\n"},
      {"UnknownKind",
       "apiVersion: tidewaiter.io/v1alpha1\nkind: ConfigMap\nmetadata: {name: p}\nspec: {}\n",
       "2:7: error: unknown kind \"ConfigMap\"; known: Policy, PolicyException, "
       "IndicatorList, Suite\n"},
      {"EmptyKind", "apiVersion: tidewaiter.io/v1alpha1\nkind: \"\"\nmetadata: {name: p}\n" + kSpec,
       "2:7: error: unknown kind \"\"; known: Policy, PolicyException, IndicatorList, Suite\n"},
      {"NoSpec", kDocument + "metadata:\n  name: p\n",
       "1:1: error: missing key \"spec\": what the document says\n"},
      {"SpecIsAList", kHead + "- check: privileged\n", "6:1: error: expected a map, got a list\n"},
      {"NoName", kDocument + "metadata: {}\n" + kSpec,
       "3:11: error: missing key \"name\": a DNS label, unique among the documents of its kind\n"},
      {"MetadataIsText", kDocument + "metadata: p\n" + kSpec,
       "3:11: error: expected a map, got p\n"},
      {"NameWithUpperCase", kDocument + "metadata:\n  name: Privileged\n" + kSpec,
       "4:9: error: \"Privileged\" is not a DNS label: at most 63 of a-z, 0-9 and -, with a letter "
       "or digit at both ends\n"},
      {"NameEndsWithHyphen", kDocument + "metadata:\n  name: a-\n" + kSpec,
       "4:9: error: \"a-\" is not a DNS label: at most 63 of a-z, 0-9 and -, with a letter or "
       "digit at both ends\n"},
      {"NameOf64", kDocument + "metadata:\n  name: " + name64 + "\n" + kSpec,
       "4:9: error: \"" + name64 +
           "\" is not a DNS label: at most 63 of a-z, 0-9 and -, with a letter or digit at both "
           "ends\n"},
      {"UnknownMetadata", kDocument + "metadata:\n  name: p\n  labels: {}\n" + kSpec,
       "5:3: error: unknown key \"labels\"; known: name\n"},
      {"UnknownTopKey", kBase + "status: {}\n",
       "9:1: error: unknown key \"status\"; known: apiVersion, kind, metadata, spec\n"},
      {"MisspeltTopKey",
       kDocument +
           "metadata: {name: p}\nspecs: {check: privileged, action: deny, severity: high}\n",
       "1:1: error: missing key \"spec\": what the document says\n"
       "4:1: error: unknown key \"specs\"; did you mean \"spec\"?\n"},
      {"NotUtf8", kHead + "  contact: \xff\n", "6:12: error: invalid UTF-8\n"},
      {"ByteOrderMark", "\xef\xbb\xbf" + kBase,
       "1:1: error: byte order mark; save the file as UTF-8 without one\n"},
      {"SecondDocument", kBase + "---\n" + kDocument + "metadata: {name: q}\nspec: []\n",
       "13:7: error: expected a map, got a list\n"},
      {"TwoDocumentsOfOneName", kBase + "---\n" + kBase,
       "13:9: error: the name \"p\" is taken by the Policy at p.yaml:4:9\n"},
  });
}

TEST(Loader, Spec) {
  ExpectErrors({
      {"NoCheck", kHead + "  action: deny\n  severity: high\n",
       "6:3: error: missing key \"check\": which check decides\n"},
      {"NothingButACheck", kHead + "  check: privileged\n",
       "6:3: error: missing key \"action\": deny, warn or audit\n"
       "6:3: error: missing key \"severity\": info, low, medium, high or critical\n"},
      {"UnknownCheck", kHead + "  check: hostPort\n  action: deny\n  severity: high\n",
       "6:10: error: unknown check \"hostPort\"; did you mean \"hostPorts\"?\n"},
      {"CheckUnlikeAny", kHead + "  check: runAsRoot\n  action: deny\n  severity: high\n",
       "6:10: error: unknown check \"runAsRoot\"; known: " + KnownChecks() + "\n"},
      {"CheckIsAMap", kHead + "  check: {privileged: {}}\n  action: deny\n  severity: high\n",
       "6:10: error: expected text, got a map\n"},
      {"UnknownAction", kHead + "  check: privileged\n  action: block\n  severity: high\n",
       "7:11: error: unknown action \"block\"; known: deny, warn, audit\n"},
      {"MisspeltAction", kHead + "  check: privileged\n  action: Deny\n  severity: high\n",
       "7:11: error: unknown action \"Deny\"; did you mean \"deny\"?\n"},
      {"ActionIsAList", kHead + "  check: privileged\n  action: [deny]\n  severity: high\n",
       "7:11: error: expected action, got a list\n"},
      {"UnknownSeverity", kHead + "  check: privileged\n  action: deny\n  severity: urgent\n",
       "8:13: error: unknown severity \"urgent\"; known: info, low, medium, high, critical\n"},
      {"MisspeltSeverity", kHead + "  check: privileged\n  action: deny\n  severity: hihg\n",
       "8:13: error: unknown severity \"hihg\"; did you mean \"high\"?\n"},
  });
}

TEST(Loader, SpecKeys) {
  ExpectErrors({
      {"MisspeltKey", kBase + "  mach: {}\n",
       "9:3: error: unknown key \"mach\"; did you mean \"match\"?\n"},
      {"UnknownKey", kBase + "  enabled: true\n",
       "9:3: error: unknown key \"enabled\"; known: check, action, actions, severity, match, "
       "params, onUpdate, contact, detection\n"},
      {"DuplicateKey", kBase + "  action: audit\n", "9:3: error: duplicate key \"action\"\n"},
      {"DuplicateKeyDeep", kBase + "  match:\n    kinds: [Pod]\n    names: [a]\n    kinds: [Job]\n",
       "12:5: error: duplicate key \"kinds\"\n"},
      {"OnUpdate", kBase + "  onUpdate: allways\n",
       "9:13: error: unknown value \"allways\"; did you mean \"always\"?\n"},
      {"ContactIsAMap", kBase + "  contact: {slack: x}\n",
       "9:12: error: expected text, got a map\n"},
      {"MisspeltMatchKey", kBase + "  match:\n    namespace: [shop]\n",
       "10:5: error: unknown key \"namespace\"; did you mean \"namespaces\"?\n"},
      {"LabelsDoNotMatch", kBase + "  match:\n    labels: {app: x}\n",
       "10:5: error: unknown key \"labels\"; known: operations, kinds, namespaces, "
       "excludeNamespaces, names, users, excludeUsers, groups, excludeGroups, resources\n"},
      {"UnknownOperation", kBase + "  match:\n    operations: [CREATE, DELTE]\n",
       "10:26: error: unknown operation \"DELTE\"; did you mean \"DELETE\"?\n"},
      {"OperationInLowerCase", kBase + "  match:\n    operations: [create]\n",
       "10:18: error: unknown operation \"create\"; did you mean \"CREATE\"?\n"},
      {"OperationsIsAWord", kBase + "  match:\n    operations: CREATE\n",
       "10:17: error: expected a list, got CREATE\n"},
      {"OperationThatTheCheckDoesNotRead", kBase + "  match:\n    operations: [CREATE, CONNECT]\n",
       "10:26: error: check privileged does not read CONNECT\n"},
      {"MisspeltMatchKind", kBase + "  match:\n    kinds: [Job, Pods]\n",
       "10:18: error: unknown kind for check privileged: \"Pods\"; did you mean \"Pod\"?\n"},
      {"KindThatTheCheckDoesNotRead", kBase + "  match:\n    kinds: [Service]\n",
       "10:13: error: unknown kind for check privileged: \"Service\"; known: Pod, PodTemplate, "
       "ReplicationController, Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob\n"},
      {"TwoUnknownKinds", kBase + "  match:\n    kinds: [Pods, Jobs]\n",
       "10:13: error: unknown kind for check privileged: \"Pods\"; did you mean \"Pod\"?\n"
       "10:19: error: unknown kind for check privileged: \"Jobs\"; did you mean \"Job\"?\n"},
      {"KindIsAMap", kBase + "  match:\n    kinds: [{Pod: true}]\n",
       "10:13: error: expected text, got a map\n"},
      {"NamespacesIsAWord", kBase + "  match:\n    namespaces: shop\n",
       "10:17: error: expected a list, got shop\n"},
      {"NamespaceEmpty", kBase + "  match:\n    namespaces: [\"\"]\n",
       "10:18: error: empty pattern; it would match nothing\n"},
      {"B40_GlobInExcludeNamespaces",
       kBase + "  match:\n    excludeNamespaces: [kube-system, \"kube-*\"]\n",
       "10:38: error: \"kube-*\" is a pattern; here a name stands in whole, as anybody may "
       "create a name that matches a pattern\n"},
      {"GlobInExcludeGroups", kBase + "  match:\n    excludeGroups: [\"system:*\"]\n",
       "10:21: error: \"system:*\" is a pattern; here a name stands in whole, as anybody may "
       "create a name that matches a pattern\n"},
      {"ActionsWithoutNamespaces", kBase + "  actions:\n  - action: audit\n",
       "10:5: error: missing key \"namespaces\": namespaces in which the action differs; globs\n"},
      {"ActionsWithUnknownAction", kBase + "  actions:\n  - {namespaces: [shop], action: off}\n",
       "10:34: error: unknown action \"off\"; known: deny, warn, audit\n"},
      {"ActionsWithUnknownKey", kBase + "  actions:\n  - {namespace: [shop], action: audit}\n",
       "10:5: error: missing key \"namespaces\": namespaces in which the action differs; globs\n"
       "10:6: error: unknown key \"namespace\"; did you mean \"namespaces\"?\n"},
      {"ParamsOfACheckWithout", With("portChanges", "") + "  params:\n    allowed: [80]\n",
       "10:5: error: unknown key \"allowed\"; none is known here\n"},
      {"Anchor", kBase + "  contact: &team \"#x\"\n",
       "9:12: error: anchors are not allowed in a policy file\n"},
      {"AnchorAndAlias", kBase + "  match:\n    users: &all [a]\n    groups: *all\n",
       "10:12: error: anchors are not allowed in a policy file\n"
       "11:13: error: aliases are not allowed in a policy file; write the value out\n"},
      {"MergeKey", kBase + "  match:\n    <<: {kinds: [Pod]}\n",
       "10:5: error: merge keys are not allowed in a policy file\n"},
      {"Tag", kBase + "  contact: !!str 5\n",
       "9:12: error: tags are not allowed in a policy file: \"tag:yaml.org,2002:str\"\n"},
      {"BadSyntax", kBase + "  match: {kinds: [Pod]\n",
       "10:1: error: not YAML: end of map flow not found\n"},
      {"BadIndent", kBase + "   match: {}\n", "9:9: error: not YAML: illegal map value\n"},
      {"Tab", kBase + "\tcontact: x\n",
       "9:1: error: not YAML: illegal tab when looking for indentation\n"},
      {"ControlCharacterInAWord", kBase + "  \"mat\\x1bch\": {}\n",
       "9:3: error: unknown key \"mat\\u{1b}ch\"; did you mean \"match\"?\n"},
  });
}

TEST(Loader, PortParameters) {
  ExpectErrors({
      {"MisspeltParameter", Ports("    allow: [80]\n"),
       "10:5: error: unknown key \"allow\"; did you mean \"allowed\"?\n"},
      {"PortZero", Ports("    allowed: [0]\n"),
       "10:15: error: expected a number from 1 to 65535, got 0\n"},
      {"PortTooHigh", Ports("    allowed: [80, 65536]\n"),
       "10:19: error: expected a number from 1 to 65535, got 65536\n"},
      {"PortOctal", Ports("    allowed: [010]\n"),
       "10:15: error: expected a number from 1 to 65535, got 010\n"},
      {"PortIsAName", Ports("    allowed: [http]\n"),
       "10:15: error: expected a number from 1 to 65535, got http\n"},
      {"PortIsAMap", Ports("    allowed: [{port: 80}]\n"),
       "10:15: error: expected a number from 1 to 65535, got a map\n"},
      {"AllowedIsANumber", Ports("    allowed: 80\n"), "10:14: error: expected a list, got 80\n"},
      {"RangeBackwards", Ports("    allowed: [90-80]\n"),
       "10:15: error: empty range \"90-80\": its end lies before its start\n"},
      {"RangeTooHigh", Ports("    allowed: [30000-70000]\n"),
       "10:15: error: expected a number from 1 to 65535, got 70000\n"},
      {"RangeOfThree", Ports("    allowed: [1-2-3]\n"),
       "10:15: error: expected a number from 1 to 65535, got 2-3\n"},
  });
}

TEST(Loader, ImageParameters) {
  ExpectErrors({
      {"AllowMissing", Images("    requireDigest: true\n"),
       "10:5: error: missing key \"allow\": repositories: gcr.io/acme/*, docker.io/library/nginx, "
       "registry.k8s.io/*\n"},
      {"WildcardInside", Images("    allow:\n    - gcr.io/*/app\n"),
       "11:7: error: impossible entry \"gcr.io/*/app\": a wildcard stands only at the end, as in "
       "gcr.io/acme/*\n"},
      {"EntryWithTag", Images("    allow: [\"docker.io/library/nginx:1.25\"]\n"),
       "10:13: error: impossible entry \"docker.io/library/nginx:1.25\": an entry names "
       "repositories; it has no tag and no digest\n"},
      {"EntryEmpty", Images("    allow: [\"\"]\n"), "10:13: error: impossible entry \"\": empty\n"},
      {"EntryWithUpperCase", Images("    allow: [gcr.io/Acme/*]\n"),
       "10:13: error: impossible entry \"gcr.io/Acme/*\": repository name must be lower case\n"},
      {"EntryIsAMap", Images("    allow: [{registry: gcr.io}]\n"),
       "10:13: error: expected text, got a map\n"},
      {"FlagIsYes", Images("    allow: [gcr.io/acme/*]\n    requireDigest: yes\n"),
       "11:20: error: expected true or false, got yes\n"},
      {"FlagIsQuoted", Images("    allow: [gcr.io/acme/*]\n    requireDigest: \"true\"\n"),
       "11:20: error: expected true or false, got \"true\"\n"},
      {"UnqualifiedUnknown", Images("    allow: [gcr.io/acme/*]\n    unqualified: allow\n"),
       "11:18: error: unknown value \"allow\"; known: docker.io, deny\n"},
  });
}

TEST(Loader, OtherChecks) {
  ExpectErrors({
      {"UnknownWordInAList", With("hostNamespaces", "  params:\n    namespaces: [network, user]\n"),
       "10:27: error: unknown namespace \"user\"; known: network, pid, ipc\n"},
      {"MisspeltOperationIsToldOnce", With("portChanges", "  match:\n    operations: [UPDAT]\n"),
       "10:18: error: unknown operation \"UPDAT\"; did you mean \"UPDATE\"?\n"},
  });
}

TEST(Loader, AnUnclosedQuoteIsAnError) {
  // Else it swallows the match that follows, and the policy means something else.
  EXPECT_NE(Render({{"p.yaml", kBase + "  contact: \"#team\n  match:\n    kinds: [Pod]\n"}}), "");
}

TEST(Loader, AValueThatIsLeftOutIsToldOnItsLine) {
  for (const std::string key : {"action", "severity", "check"}) {
    std::string text = kBase + "  contact: x\n";
    const std::size_t start = text.find("  " + key + ": ") + 3 + key.size();
    text.erase(start, text.find('\n', start) - start);
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(start), '\n');
    const std::string rendered = Render({{"p.yaml", text}});
    EXPECT_TRUE(rendered.starts_with(fmt::format("p.yaml:{}:", line))) << rendered;
  }
}

TEST(Loader, ShowsTheLineAndTheColumn) {
  EXPECT_EQ(Render({{"policies/ports.yaml", With("hostPort", "")}}),
            R"(policies/ports.yaml:6:10: error: unknown check "hostPort"; did you mean "hostPorts"?
     6 |   check: hostPort
       |          ^
)");
}

TEST(Loader, AllMistakesInOneRunInFileOrder) {
  const std::string first =
      "apiVersion: tidewaiter.io/v1alpha1\n"
      "kind: Policy\n"
      "metadata:\n"
      "  name: p\n"
      "spec:\n"
      "  action: dney\n"
      "  check: hostPorts\n"
      "  severty: high\n"
      "  match:\n"
      "    namspaces: [shop]\n"
      "  params:\n"
      "    allowed: [0, http]\n";
  const std::string last = kDocument + "metadata: {name: q}\n" + kSpec + "status: {}\n";
  // Files are told in the order in which they were given, not by name.
  EXPECT_EQ(Render({{"z.yaml", first}, {"b.yaml", "a: {\n"}, {"a.yaml", last}}),
            R"(z.yaml:6:3: error: missing key "severity": info, low, medium, high or critical
     6 |   action: dney
       |   ^
z.yaml:6:11: error: unknown action "dney"; did you mean "deny"?
     6 |   action: dney
       |           ^
z.yaml:8:3: error: unknown key "severty"; did you mean "severity"?
     8 |   severty: high
       |   ^
z.yaml:10:5: error: unknown key "namspaces"; did you mean "namespaces"?
    10 |     namspaces: [shop]
       |     ^
z.yaml:12:15: error: expected a number from 1 to 65535, got 0
    12 |     allowed: [0, http]
       |               ^
z.yaml:12:18: error: expected a number from 1 to 65535, got http
    12 |     allowed: [0, http]
       |                  ^
b.yaml:2:1: error: not YAML: end of map flow not found
a.yaml:5:1: error: unknown key "status"; known: apiVersion, kind, metadata, spec
     5 | status: {}
       | ^
)");
}

TEST(Loader, ANameIsTakenAcrossFiles) {
  EXPECT_EQ(Render({{"a.yaml", kBase}, {"b.yaml", "# another\n" + kBase}}),
            R"(b.yaml:5:9: error: the name "p" is taken by the Policy at a.yaml:4:9
     5 |   name: p
       |         ^
)");
}

TEST(Loader, AFileThatIsTooLarge) {
  EXPECT_EQ(Render({{"p.yaml", kBase + "#" + std::string(1 << 20, 'x')}}),
            fmt::format("p.yaml: error: file of {} bytes; a policy file has at most 1048576\n",
                        kBase.size() + 1 + (1 << 20)));
}

TEST(Loader, AnEntryThatMayMeanARegistryIsAWarning) {
  Diagnostics diagnostics;
  const std::vector<SourceFile> files = {{"p.yaml", Images("    allow: [gcr.io, nginx]\n")}};
  EXPECT_TRUE(ParsePolicies(files, ShippedChecks(), diagnostics).has_value());
  EXPECT_EQ(diagnostics.Render(),
            "p.yaml:10:13: warning: gcr.io is the repository docker.io/library/gcr.io; for "
            "everything in the registry write gcr.io/*\n"
            R"(    10 |     allow: [gcr.io, nginx]
       |             ^
)");
}

TEST(Loader, ReadsEveryField) {
  const Policy policy = LoadOne(
      "apiVersion: tidewaiter.io/v1alpha1\n"
      "kind: Policy\n"
      "metadata: {name: host-ports-2}\n"
      "spec:\n"
      "  check: hostPorts\n"
      "  action: warn\n"
      "  severity: critical\n"
      "  match:\n"
      "    operations: [UPDATE]\n"
      "    kinds: [Pod, Job]\n"
      "    namespaces: [\"shop-*\"]\n"
      "    excludeNamespaces: [shop-eu]\n"
      "    names: [\"web-?\"]\n"
      "    users: [\"system:*\"]\n"
      "    excludeUsers: [admin]\n"
      "    groups: [\"dev*\"]\n"
      "    excludeGroups: [\"system:masters\"]\n"
      "    resources: [pods, deployments]\n"
      "  actions:\n"
      "  - {namespaces: [shop-a, shop-b], action: audit}\n"
      "  - {namespaces: [\"*\"], action: deny}\n"
      "  params: {allowed: [80, 30000-32767, \"443\"]}\n"
      "  onUpdate: always\n"
      "  contact: \"#platform\"\n");
  EXPECT_EQ(policy.name, "host-ports-2");
  EXPECT_EQ(FormatLocation(policy.location), "p.yaml:3:18");
  EXPECT_EQ(policy.check_id, "hostPorts");
  EXPECT_FALSE(policy.fix.empty());
  EXPECT_TRUE(policy.check);
  EXPECT_EQ(policy.action, EnforcementAction::kWarn);
  EXPECT_EQ(policy.severity, Severity::kCritical);
  EXPECT_EQ(policy.match.operations, std::vector{Operation::kUpdate});
  EXPECT_EQ(policy.match.kinds, (std::vector<std::string>{"Pod", "Job"}));
  EXPECT_EQ(policy.match.namespaces.at(0).pattern(), "shop-*");
  EXPECT_EQ(policy.match.exclude_namespaces.at(0).name, "shop-eu");
  EXPECT_EQ(policy.match.names.at(0).pattern(), "web-?");
  EXPECT_EQ(policy.match.users.at(0).pattern(), "system:*");
  EXPECT_EQ(policy.match.exclude_users.at(0).name, "admin");
  EXPECT_EQ(policy.match.groups.at(0).pattern(), "dev*");
  EXPECT_EQ(policy.match.exclude_groups.at(0).name, "system:masters");
  EXPECT_EQ(policy.match.resources, (std::vector<std::string>{"pods", "deployments"}));
  EXPECT_EQ(policy.actions.size(), 2U);
  EXPECT_TRUE(policy.always_on_update);
  EXPECT_EQ(policy.contact, "#platform");
}

TEST(Loader, WhatIsLeftOutHasItsDefault) {
  const Policy policy = LoadOne(kBase);
  EXPECT_EQ(policy.match.operations, (std::vector{Operation::kCreate, Operation::kUpdate}));
  EXPECT_TRUE(policy.match.kinds.empty());
  EXPECT_TRUE(policy.match.namespaces.empty());
  EXPECT_TRUE(policy.actions.empty());
  EXPECT_FALSE(policy.always_on_update);
  EXPECT_EQ(policy.contact, "");
  EXPECT_EQ(LoadOne(With("portChanges", "")).match.operations, std::vector{Operation::kUpdate});
}

TEST(Loader, ANameMayHave63Characters) {
  for (const auto& name : {std::string("0"), std::string("a-b--c9"), std::string(63, 'x')}) {
    EXPECT_EQ(LoadOne(kDocument + "metadata: {name: \"" + name + "\"}\n" + kSpec).name, name);
  }
}

TEST(Loader, SeveralDocumentsAndFilesKeepTheirOrder) {
  const auto named = [](const std::string& name) {
    return kDocument + "metadata: {name: " + name + "}\n" + kSpec;
  };
  const PolicySet set = Load(
      {{"b.yaml", named("c") + "---\n" + named("a") + "---\n"}, {"a.yaml", "---\n" + named("b")}});
  std::vector<std::string> names;
  for (const Policy& policy : set.policies) names.push_back(policy.name);
  EXPECT_EQ(names, (std::vector<std::string>{"c", "a", "b"}));
}

TEST(Loader, TheDigestIsThatOfNamesAndTexts) {
  const std::string digest = Load({{"p.yaml", kBase}}).revision.digest;
  EXPECT_TRUE(digest.starts_with("sha256:")) << digest;
  EXPECT_EQ(digest.size(), 7U + 64U);
  EXPECT_EQ(Load({{"p.yaml", kBase}}).revision.digest, digest);
  EXPECT_NE(Load({{"q.yaml", kBase}}).revision.digest, digest);
  EXPECT_NE(Load({{"p.yaml", kBase + "\n"}}).revision.digest, digest);
}

TEST(Loader, ReadsFilesAndFolders) {
  Diagnostics diagnostics;
  const auto files = ReadPolicyFiles({REPOSITORY "/policies/default"}, diagnostics);
  ASSERT_TRUE(files.has_value()) << diagnostics.Render();
  EXPECT_TRUE(std::is_sorted(files->begin(), files->end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  const PolicySet set = Load(*files);
  EXPECT_GE(set.policies.size(), 5U);
}

TEST(Loader, SaysWhatItCannotRead) {
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("tidewaiter-loader-{}", ::getpid());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / "empty");
  std::ofstream(folder / "empty" / "readme.md") << "no policy";
  const std::string none = (folder / "none.yaml").string();
  const std::string empty = (folder / "empty").string();
  Diagnostics diagnostics;
  EXPECT_EQ(ReadPolicyFiles({none, empty}, diagnostics).has_value(), false);
  EXPECT_EQ(diagnostics.Render(),
            fmt::format("{0}: error: cannot read {0}: No such file or directory\n"
                        "{1}: error: no policy file (*.yaml) in this folder\n",
                        none, empty));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tidewaiter
