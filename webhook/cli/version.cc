#include <fmt/core.h>

#include <CLI/App.hpp>
#include <memory>

#include "webhook/base/json.h"
#include "webhook/cli/command.h"
#include "webhook/cli/policy_source.h"
#include "webhook/evidence/decision_record.h"

namespace tidewaiter {
namespace {

struct Options {
  PolicySource policies;
  std::string output = "text";
};

int Run(const Options& options, const std::vector<CheckKind>& checks) {
  std::shared_ptr<const PolicySet> policies;
  if (!options.policies.paths.empty() || !options.policies.profile.empty()) {
    policies = options.policies.Load(checks);
    if (!policies) return kUsage;
  }
  if (options.output != "json") {
    fmt::print("tidewaiter {}\n", Version());
    if (policies) fmt::print("policies {}\n", FormatRevision(policies->revision));
    return kClean;
  }
  JsonWriter json;
  json.StartObject();
  json.Member("version", Version());
  if (policies) {
    json.Key("policyRevision");
    json.StartObject();
    WriteRevisionMembers(policies->revision, json);
    json.EndObject();
  }
  json.EndObject();
  fmt::print("{}\n", json.text());
  return kClean;
}

}  // namespace

Command AddVersion(CLI::App& app, const std::vector<CheckKind>& checks) {
  const auto options = std::make_shared<Options>();
  options->policies.AddFlags(app);
  app.add_option("--output,-o", options->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->envname("TIDEWAITER_OUTPUT")
      ->capture_default_str();
  app.footer(
      "Examples:\n"
      "  tidewaiter version\n"
      "  tidewaiter version -o json --policies policies/");
  return [options, &checks] { return Run(*options, checks); };
}

}  // namespace tidewaiter
