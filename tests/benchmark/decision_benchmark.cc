// P1: one decision (parse, evaluate, answer, record) against RapidJSON's parse of the same bytes.
// P6: what 100,000 indicators add to it.

#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <rapidjson/document.h>

#include <fstream>
#include <iostream>
#include <string>

#include "webhook/admission/response.h"
#include "webhook/evidence/decision_record.h"
#include "webhook/policy/loader.h"
#include "webhook/policy/profile.h"

namespace tidewaiter {
namespace {

std::string& Review() {
  static std::string review;
  return review;
}

const PolicySet& Policies() {
  static const PolicySet kPolicies = [] {
    Diagnostics diagnostics;
    const auto files = ProfileFiles("default");
    const std::vector<CheckKind> checks = ShippedChecks();
    return *ParsePolicies(*files, checks, diagnostics);
  }();
  return kPolicies;
}

void RapidJsonAlone(benchmark::State& state) {
  for (auto _ : state) {
    std::string text = Review();
    rapidjson::Document document;
    document.ParseInsitu(text.data());
    benchmark::DoNotOptimize(document.HasParseError());
  }
}
BENCHMARK(RapidJsonAlone);

void Door(benchmark::State& state) {
  for (auto _ : state) {
    std::string uid;
    Diagnostics diagnostics;
    const auto request = ParseAdmissionReview(Review(), &uid, diagnostics);
    benchmark::DoNotOptimize(request.has_value());
  }
}
BENCHMARK(Door);

void DecideBy(const PolicySet& policies, benchmark::State& state) {
  for (auto _ : state) {
    std::string uid;
    Diagnostics diagnostics;
    const auto request = ParseAdmissionReview(Review(), &uid, diagnostics);
    const Decision decision =
        Evaluate(policies, *request, {.now = std::chrono::system_clock::now()});
    const std::string answer = ToJson(Respond(uid, decision));
    const std::string line = DecisionRecord(&*request, decision, {uid, "127.0.0.1", "", {}});
    benchmark::DoNotOptimize(answer.size() + line.size());
  }
}

void Decide(benchmark::State& state) { DecideBy(Policies(), state); }
BENCHMARK(Decide);

// The shipped policies, and one more with a list of so many addresses and names, none of which the
// review has.
PolicySet WithIndicators(std::int64_t count) {
  std::string list =
      "apiVersion: tidewaiter.io/v1alpha1\nkind: IndicatorList\nmetadata: {name: many}\n"
      "spec: {file: many.txt, type: domain, source: benchmark, confidence: 90}\n"
      "---\napiVersion: tidewaiter.io/v1alpha1\nkind: IndicatorList\nmetadata: {name: addresses}\n"
      "spec: {file: addresses.txt, type: ip, source: benchmark, confidence: 90}\n"
      "---\napiVersion: tidewaiter.io/v1alpha1\nkind: Policy\nmetadata: {name: many}\n"
      "spec: {check: indicators, action: deny, severity: high, params: {lists: [many, "
      "addresses]}}\n";
  std::string names;
  std::string addresses;
  for (std::int64_t i = 0; i < count / 2; ++i) {
    names += fmt::format("h{}.c2.example.test\n", i);
    addresses += fmt::format("198.{}.{}.{}\n", 18 + i / 65'536, i / 256 % 256, i % 256);
  }
  std::vector<SourceFile> files = *ProfileFiles("default");
  files.push_back({"many.yaml", list});
  files.push_back({"many.txt", names, "", true});
  files.push_back({"addresses.txt", addresses, "", true});
  Diagnostics diagnostics;
  const std::vector<CheckKind> checks = ShippedChecks();
  auto policies = ParsePolicies(files, checks, diagnostics);
  if (!policies) std::cerr << diagnostics.Render();
  return *policies;
}

// P6: the same decision with two indicators more, and with 100,000.
void DecideWithIndicators(benchmark::State& state) {
  DecideBy(WithIndicators(state.range(0)), state);
}
BENCHMARK(DecideWithIndicators)->Arg(2)->Arg(100'000);

}  // namespace
}  // namespace tidewaiter

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "decision_benchmark REVIEW [flags of Google Benchmark]\n";
    return 2;
  }
  std::ifstream file(argv[1]);
  tidewaiter::Review().assign((std::istreambuf_iterator<char>(file)), {});
  if (tidewaiter::Review().empty()) return 2;
  std::swap(argv[0], argv[1]);
  int rest = argc - 1;
  benchmark::Initialize(&rest, argv + 1);
  benchmark::RunSpecifiedBenchmarks();
}
