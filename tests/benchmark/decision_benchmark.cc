// P1: one decision (parse, evaluate, answer, record) against RapidJSON's parse of the same bytes.

#include <benchmark/benchmark.h>
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

void Decide(benchmark::State& state) {
  const PolicySet& policies = Policies();
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
BENCHMARK(Decide);

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
