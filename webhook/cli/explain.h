#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "webhook/base/json.h"
#include "webhook/checks/registry.h"
#include "webhook/policy/policy_origin.h"

// What `explain` says of one thing, as text for a terminal and as members of a JSON object.
namespace tidewaiter {

// What there is to be explained.
struct Explainable {
  PolicyFiles files;
  PolicySet set;  // what the files are
  const std::vector<CheckKind>& checks;

  const CheckKind* FindCheck(std::string_view id) const;
};

// A policy: its rule, parameters as they are written, exceptions, and its whole documentation.
std::string PolicyAsText(const Explainable& all, const Policy& policy,
                         std::chrono::sys_seconds now);
void WritePolicy(const Explainable& all, const Policy& policy, std::chrono::sys_seconds now,
                 JsonWriter& json);

// A check: what it reads, its parameters, and the policies that use it.
std::string CheckAsText(const Explainable& all, const CheckKind& check);
void WriteCheck(const Explainable& all, const CheckKind& check, JsonWriter& json);

// A key of a file, or of the parameters of a check.
struct ExplainedField {
  std::string path;  // "Policy.spec.actions[].action"
  std::string type;  // "deny|warn|audit"
  bool required = false;
  std::string summary;
};

// A kind ("Policy") or a key of one ("Policy.spec.match"), and all keys below it. Nothing, and why,
// if there is none of that path.
std::optional<std::vector<ExplainedField>> FindFields(std::string_view path, std::string& error);
std::vector<ExplainedField> ParametersOf(const CheckKind& check);
std::string FieldsAsText(const std::vector<ExplainedField>& fields);
void WriteFields(const std::vector<ExplainedField>& fields, JsonWriter& json);

// "CREATE, UPDATE of Pod, Deployment".
std::string InWords(const std::vector<Operation>& operations,
                    const std::vector<std::string>& kinds);

// "deny, warn": words with something between them.
template <class Texts>
std::string Joined(const Texts& texts, std::string_view between = ", ") {
  std::string joined;
  for (const auto& text : texts) {
    if (!joined.empty()) joined += between;
    joined += text;
  }
  return joined;
}

// Rows of cells as a table: columns as wide as they need to be, two spaces between them.
std::string Table(const std::vector<std::vector<std::string>>& rows);
// A paragraph of at most 80 columns, whose lines after the first begin at column `indent`.
std::string Paragraph(std::string_view text, std::size_t indent);
// "Severity     high": a word, and a paragraph beside it; nothing for an empty text.
std::string Entry(std::string_view word, std::string_view text);

}  // namespace tidewaiter
