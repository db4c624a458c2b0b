#include "webhook/cli/explain.h"

#include <fmt/core.h>

#include <CLI/App.hpp>
#include <chrono>
#include <memory>

#include "webhook/base/text.h"
#include "webhook/cli/command.h"
#include "webhook/cli/policy_source.h"
#include "webhook/cli/result.h"
#include "webhook/policy/document.h"

namespace tidewaiter {

const CheckKind* Explainable::FindCheck(std::string_view id) const {
  for (const CheckKind& check : checks) {
    if (check.id == id) return &check;
  }
  return nullptr;
}

std::string CheckAsText(const Explainable& all, const CheckKind& check) {
  std::vector<std::string> users;
  for (const Policy& policy : all.set.policies) {
    if (policy.check_id == check.id) users.push_back(policy.name);
  }
  const std::vector<ExplainedField> params = ParametersOf(check);
  return fmt::format("CHECK {}\n\n", check.id) + Entry("Rule", check.summary) +
         Entry("Reads", InWords(check.reads.operations, KindsRead(check.reads))) +
         Entry("Fix", check.fix) + Entry("Policies", users.empty() ? "none" : Joined(users)) +
         (params.empty() ? "\nParameters   none\n" : "\nParameters\n" + FieldsAsText(params));
}

void WriteCheck(const Explainable& all, const CheckKind& check, JsonWriter& json) {
  json.StartObject();
  json.Member("name", check.id);
  json.Member("summary", check.summary);
  json.Member("fix", check.fix);
  json.Member("reads", InWords(check.reads.operations, KindsRead(check.reads)));
  json.Key("params");
  WriteFields(ParametersOf(check), json);
  json.Key("policies");
  json.StartArray();
  for (const Policy& policy : all.set.policies) {
    if (policy.check_id == check.id) json.String(policy.name);
  }
  json.EndArray();
  json.EndObject();
}

namespace {

struct Options {
  PolicySource policies;
  std::string name;
  std::string output = "text";
};

// What is said: a text, or a JSON object that is open.
struct Page {
  std::string text;
  JsonWriter json;
};

// The words of a policy's documentation that stand in the list: its id and status.
std::pair<std::string, std::string> DetectionOf(const Policy& policy) {
  if (!policy.detection) return {"-", "-"};
  return {policy.detection->id, std::string(WordOf(policy.detection->status))};
}

void List(const Explainable& all, Page& page) {
  std::vector<std::vector<std::string>> kinds = {{"KIND", "SUMMARY"}};
  for (const KindDescription& kind : DescribeKinds()) kinds.push_back({kind.kind, kind.summary});
  std::vector<std::vector<std::string>> checks = {{"CHECK", "SUMMARY"}};
  for (const CheckKind& check : all.checks) checks.push_back({check.id, check.summary});
  std::vector<std::vector<std::string>> policies = {
      {"POLICY", "ACTION", "SEVERITY", "DETECTION", "STATUS", "CHECK"}};
  for (const Policy& policy : all.set.policies) {
    const auto [id, status] = DetectionOf(policy);
    policies.push_back({policy.name, std::string(ActionName(policy.action)),
                        std::string(SeverityName(policy.severity)), id, status, policy.check_id});
  }
  page.text = Table(kinds) + "\n" + Table(checks) + "\n" + Table(policies);
  // The same tables, their headings as keys.
  for (const auto& [key, rows] :
       {std::pair("kinds", kinds), std::pair("checks", checks), std::pair("policies", policies)}) {
    page.json.Key(key);
    page.json.StartArray();
    for (std::size_t i = 1; i < rows.size(); ++i) {
      page.json.StartObject();
      page.json.Member("name", rows[i][0]);
      for (std::size_t cell = 1; cell < rows[i].size(); ++cell) {
        std::string heading = rows[0][cell];
        for (char& c : heading) c = static_cast<char>(c - 'A' + 'a');
        if (rows[i][cell] != "-") page.json.Member(heading, rows[i][cell]);
      }
      page.json.EndObject();
    }
    page.json.EndArray();
  }
}

// A policy, a check, or both, of that name. False if there is neither.
bool ExplainName(const Explainable& all, const std::string& name, Page& page) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  for (const Policy& policy : all.set.policies) {
    if (policy.name != name) continue;
    page.text += PolicyAsText(all, policy, now);
    page.json.Key("policy");
    WritePolicy(all, policy, now, page.json);
  }
  if (const CheckKind* const check = all.FindCheck(name)) {
    page.text += (page.text.empty() ? "" : "\n") + CheckAsText(all, *check);
    page.json.Key("check");
    WriteCheck(all, *check, page.json);
  }
  return !page.text.empty();
}

bool IsKindOrPath(std::string_view name) {
  return name.find('.') != std::string_view::npos ||
         (!name.empty() && name[0] >= 'A' && name[0] <= 'Z');
}

int Fail(const std::string& message) {
  WriteError(fmt::format("tidewaiter: {}\n", message));
  return kUsage;
}

int Print(const Options& options, Page& page) {
  page.json.EndObject();
  std::string error;
  const std::string text =
      options.output == "json" ? std::string(page.json.text()) + "\n" : page.text;
  return WriteResult(text, "", error) ? kClean : Fail(error);
}

int Run(const Options& options, const std::vector<CheckKind>& checks) {
  Page page;
  page.json.StartObject();
  if (IsKindOrPath(options.name)) {
    std::string error;
    const auto fields = FindFields(options.name, error);
    if (!fields) return Fail(error);
    page.text = FieldsAsText(*fields);
    page.json.Key("fields");
    WriteFields(*fields, page.json);
    return Print(options, page);
  }
  Diagnostics diagnostics;
  std::optional<PolicyFiles> files = ReadPolicies(options.policies, diagnostics);
  std::optional<PolicySet> set;
  if (files) set = ParsePolicies(*files, checks, diagnostics);
  if (!set) {
    WriteError(diagnostics.Render());
    return kUsage;
  }
  const Explainable all{std::move(*files), std::move(*set), checks};
  if (options.name.empty()) {
    List(all, page);
  } else if (!ExplainName(all, options.name, page)) {
    std::vector<std::string> names;
    for (const Policy& policy : all.set.policies) names.push_back(policy.name);
    for (const CheckKind& check : checks) names.push_back(check.id);
    for (const KindDescription& kind : DescribeKinds()) names.push_back(kind.kind);
    const std::string hint = DidYouMean(options.name, names);
    return Fail("unknown name " + Quote(options.name, 64) +
                (hint.empty() ? "; `tidewaiter explain` lists what there is" : hint));
  }
  return Print(options, page);
}

}  // namespace

Command AddExplain(CLI::App& app, const std::vector<CheckKind>& checks) {
  const auto options = std::make_shared<Options>();
  app.add_option("name", options->name,
                 "A policy, a check, a kind, or a key of one: Policy.spec.match (default: list "
                 "what there is)")
      ->type_name("NAME");
  options->policies.AddFlags(app);
  app.add_option("--output,-o", options->output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->envname("TIDEWAITER_OUTPUT")
      ->capture_default_str();
  app.footer(
      "Examples:\n"
      "  tidewaiter explain\n"
      "  tidewaiter explain privileged-containers\n"
      "  tidewaiter explain Policy.spec.match\n"
      "  tidewaiter explain --policies policies/ company-registries");
  return [options, &checks] { return Run(*options, checks); };
}

}  // namespace tidewaiter
