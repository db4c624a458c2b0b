#include "webhook/evidence/logged_decision.h"

#include <gtest/gtest.h>

#include "webhook/evidence/summary.h"
#include "webhook/evidence/workload_name.h"

namespace tidewaiter {
namespace {

const std::string kStart =
    R"({"schema":"tidewaiter.io/decision/v1alpha1","time":"2026-11-21T18:56:40.218334Z",)"
    R"("would":"deny",)";

// "decision", "other", or what is wrong.
std::string Read(const std::string& line) {
  std::optional<JsonError> broken;
  const JsonDocument document(line, JsonLimits(), &broken);
  EXPECT_FALSE(broken) << line;
  LoggedDecision decision;
  std::string error;
  const LogLine kind = ReadDecision(document.root(), decision, error);
  return kind == LogLine::kMalformed ? error : kind == LogLine::kOther ? "other" : "decision";
}

TEST(LoggedDecision, WhatIsOneAndWhatIsNot) {
  const std::string whole = "a decision needs time, allowed and would";
  const std::string finding = "a finding needs policy, action and would";
  const std::vector<std::pair<std::string, std::string>> rows = {
      {kStart + R"("allowed":false})", "decision"},
      {kStart + R"("allowed":false,"unknown":[1]})", "decision"},
      {kStart + R"("allowed":true,"owner":{"kind":null}})", "decision"},
      {R"({"level":"info"})", "other"},
      {R"({"schema":7})", "other"},
      {"[]", "not a JSON object"},
      {"null", "not a JSON object"},
      {R"({"schema":"tidewaiter.io/decision/v2"})",
       R"(schema "tidewaiter.io/decision/v2" is unknown; this program reads )"
       "tidewaiter.io/decision/v1alpha1"},
      {kStart + R"("x":1})", whole},
      {R"({"schema":"tidewaiter.io/decision/v1alpha1","allowed":true,"would":"deny","time":"now"})",
       whole},
      {R"({"schema":"tidewaiter.io/decision/v1alpha1","allowed":true,"would":"maybe",)"
       R"("time":"2026-11-21T18:56:40.218334Z"})",
       whole},
      {kStart + R"("allowed":"no"})", R"("allowed" must be true or false, not a string)"},
      {kStart + R"("allowed":true,"namespace":[]})",
       R"("namespace" must be a string, not an array)"},
      {kStart + R"("allowed":true,"user":"jane"})", R"("user" must be an object, not a string)"},
      {kStart + R"("allowed":true,"images":{}})", R"("images" must be an array, not an object)"},
      {kStart + R"("allowed":true,"findings":[{"policy":"p","would":"deny"}]})", finding},
      {kStart + R"("allowed":true,"findings":[{"policy":"p","would":"deny","action":"x"}]})",
       finding},
      {kStart + R"("allowed":true,"findings":[7]})", " must be an object, not a number"},
  };
  for (const auto& [line, want] : rows) {
    if (want.starts_with(' ')) {
      EXPECT_TRUE(Read(line).ends_with(want)) << Read(line);
    } else {
      EXPECT_EQ(Read(line), want) << line;
    }
  }
}

TEST(LoggedDecision, NothingOfTheLineBeforeIsLeft) {
  std::optional<JsonError> broken;
  const JsonDocument full(kStart + R"("allowed":false,"name":"web","truncated":true,)"
                                   R"("images":["a"],"findings":[{"policy":"p","action":"deny",)"
                                   R"("would":"deny","unchanged":true}]})",
                          JsonLimits(), &broken);
  const JsonDocument bare(kStart + R"("allowed":true})", JsonLimits(), &broken);
  LoggedDecision decision;
  std::string error;
  ReadDecision(full.root(), decision, error);
  ASSERT_EQ(decision.findings.size(), 1U);
  EXPECT_TRUE(decision.findings[0].unchanged);
  ReadDecision(bare.root(), decision, error);
  EXPECT_TRUE(decision.findings.empty());
  EXPECT_TRUE(decision.images.empty());
  EXPECT_FALSE(decision.truncated);
  EXPECT_EQ(decision.name, "");
  EXPECT_TRUE(decision.allowed);
}

TEST(LoggedDecision, JsonBehindTheWordsOfARuntime) {
  EXPECT_EQ(JsonOfLine(R"(2026-11-21T18:56:40Z stdout F {"a":1})"), R"({"a":1})");
  EXPECT_EQ(JsonOfLine(R"([pod/web/app] {"a":1})"), R"({"a":1})");
  EXPECT_EQ(JsonOfLine("words"), "words");
}

TEST(WorkloadName, GeneratedPartsAreFolded) {
  struct Row {
    std::string_view owner_kind, owner, kind, name, want;
  };
  for (const Row& row : std::vector<Row>{
           {"", "", "Deployment", "web", "Deployment/web"},
           {"Deployment", "web", "ReplicaSet", "web-5d4f9c7b8", "Deployment/web"},
           {"ReplicaSet", "web-5d4f9c7b8", "Pod", "web-5d4f9c7b8-*", "Deployment/web"},
           {"ReplicaSet", "web", "Pod", "web-*", "ReplicaSet/web"},
           {"ReplicaSet", "web-front", "Pod", "web-front-*", "ReplicaSet/web-front"},
           {"ReplicaSet", "5d4f9c7b8", "Pod", "5d4f9c7b8-*", "ReplicaSet/5d4f9c7b8"},
           {"CronJob", "nightly", "Job", "nightly-29384756", "CronJob/nightly"},
           {"Job", "nightly-29384756", "Pod", "nightly-29384756-*", "CronJob/nightly"},
           {"Job", "once-2026", "Pod", "once-2026-*", "Job/once-2026"},
           {"StatefulSet", "db", "Pod", "db-0", "StatefulSet/db"},
           {"", "", "Pod", "debug-*", "Pod/debug-*"},
           {"", "", "Pod", "debug-x2x4z", "Pod/debug-*"},
           {"", "", "Pod", "web-5d4f9c7b8-x2x4z", "Pod/web-*"},
           {"", "", "Pod", "nginx-proxy", "Pod/nginx-proxy"},
           {"", "", "Pod", "web", "Pod/web"},
           {"", "", "Pod", "", "Pod/"},
           {"", "", "Pod", "*", "Pod/*"},
           {"", "", "Pod", "a\nb", "Pod/a\\nb"},
       }) {
    LoggedDecision decision;
    decision.kind = row.kind;
    decision.name = row.name;
    decision.owner = {row.owner_kind, row.owner};
    if (row.kind == "Pod") decision.resource = "pods";
    EXPECT_EQ(WorkloadOf(decision).ToString(), row.want);
  }
}

TEST(Summary, Registries) {
  EXPECT_EQ(RegistryOf("nginx"), "docker.io");
  EXPECT_EQ(RegistryOf("gcr.io:443/a/b:1"), "gcr.io:443");
  EXPECT_EQ(RegistryOf("not an image"), "(no image reference)");
}

}  // namespace
}  // namespace tidewaiter
