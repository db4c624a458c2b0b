#include <fmt/core.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <regex>
#include <string>
#include <vector>

#include "webhook/base/json.h"
#include "webhook/cli/command.h"
#include "webhook/cli/result.h"
#include "webhook/policy/document.h"

// The JSON Schema of the policy files, made of the tables that the loader reads them with. What it
// refuses, the loader refuses; the loader refuses more: what names something that stands elsewhere,
// what two keys say together, and values whose form no pattern tells.
namespace tidewaiter {
namespace {

constexpr std::string_view kDatePattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
constexpr std::string_view kTimePattern =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$";

void WriteShape(const Shape& shape, JsonWriter& json, bool is_alternative = false);

void WriteWords(std::string_view key, const std::vector<std::string>& words, JsonWriter& json) {
  json.Key(key);
  json.StartArray();
  for (const std::string& word : words) json.String(word);
  json.EndArray();
}

// Without quotes, YAML reads a text that looks like a number or a boolean as one. The loader takes
// it for the text all the same, unless another alternative is meant for it.
void WriteText(const Shape& shape, bool is_alternative, JsonWriter& json) {
  std::vector<std::string> types = {"string"};
  const std::regex pattern(shape.pattern);
  if (!is_alternative && std::regex_search("7", pattern)) types.emplace_back("number");
  if (!is_alternative && std::regex_search("true", pattern)) types.emplace_back("boolean");
  if (types.size() == 1) {
    json.Member("type", "string");
  } else {
    WriteWords("type", types, json);
  }
  if (!shape.pattern.empty()) json.Member("pattern", shape.pattern);
}

void WriteFormat(std::string_view format, std::string_view pattern, JsonWriter& json) {
  json.Member("type", "string");
  json.Member("format", format);
  json.Member("pattern", pattern);
}

void WriteAlternatives(const std::vector<Shape>& shapes, JsonWriter& json) {
  json.Key("anyOf");
  json.StartArray();
  for (const Shape& shape : shapes) {
    json.StartObject();
    WriteShape(shape, json, /*is_alternative=*/true);
    json.EndObject();
  }
  json.EndArray();
}

void WriteDate(JsonWriter& json) {
  json.Key("anyOf");
  json.StartArray();
  json.StartObject();
  WriteFormat("date", kDatePattern, json);
  json.EndObject();
  json.StartObject();
  WriteFormat("date-time", kTimePattern, json);
  json.EndObject();
  json.EndArray();
}

void WriteMap(const std::vector<FieldDescription>& fields, JsonWriter& json) {
  std::vector<std::string> required;
  json.Member("type", "object");
  json.Key("properties");
  json.StartObject();
  for (const FieldDescription& field : fields) {
    if (field.presence == kRequired) required.push_back(field.key);
    json.Key(field.key);
    json.StartObject();
    json.Member("description", field.summary);
    WriteShape(field.shape, json);
    json.EndObject();
  }
  json.EndObject();
  if (!required.empty()) WriteWords("required", required, json);
  json.Member("additionalProperties", false);
}

// The members of the schema of a value, into an object that is open.
void WriteShape(const Shape& shape, JsonWriter& json, bool is_alternative) {
  switch (shape.kind) {
    case Shape::Kind::kText:
      return WriteText(shape, is_alternative, json);
    case Shape::Kind::kBool:
      return json.Member("type", "boolean");
    case Shape::Kind::kInteger:
      json.Member("type", "integer");
      json.Member("minimum", shape.low);
      return json.Member("maximum", shape.high);
    case Shape::Kind::kWord:
      return WriteWords("enum", shape.words, json);
    case Shape::Kind::kDate:
      return WriteDate(json);
    case Shape::Kind::kTime:
      return WriteFormat("date-time", kTimePattern, json);
    case Shape::Kind::kList:
      json.Member("type", "array");
      json.Key("items");
      json.StartObject();
      WriteShape(shape.of.at(0), json);
      return json.EndObject();
    case Shape::Kind::kMap:
      return WriteMap(shape.fields, json);
    case Shape::Kind::kFreeMap:
      return json.Member("type", "object");
    case Shape::Kind::kOneOf:
      return WriteAlternatives(shape.of, json);
  }
}

// "if": `key` is `value`. Leaves the object of "then" open.
void StartThen(std::string_view key, std::string_view value, JsonWriter& json) {
  json.Key("if");
  json.StartObject();
  json.Key("properties");
  json.StartObject();
  json.Key(key);
  json.StartObject();
  json.Member("const", value);
  json.EndObject();
  json.EndObject();
  WriteWords("required", {std::string(key)}, json);
  json.EndObject();
  json.Key("then");
  json.StartObject();
}

void WriteListOf(std::string_view key, const std::vector<std::string>& words, JsonWriter& json) {
  json.Key(key);
  json.StartObject();
  WriteShape(ListShape(WordShape(words)), json);
  json.EndObject();
}

// What a check makes of its policy: its parameters, and what of a request can match.
void WriteRuleOf(const CheckKind& check, JsonWriter& json) {
  std::vector<std::string> operations;
  for (const Operation operation : check.reads.operations) {
    operations.emplace_back(OperationName(operation));
  }
  const std::vector<FieldDescription>& params = check.params.fields;
  json.StartObject();
  StartThen("check", check.id, json);
  json.Key("properties");
  json.StartObject();
  json.Key("params");
  json.StartObject();
  WriteMap(params, json);
  json.EndObject();
  json.Key("match");
  json.StartObject();
  json.Key("properties");
  json.StartObject();
  WriteListOf("operations", operations, json);
  WriteListOf("kinds", KindsRead(check.reads), json);
  json.EndObject();
  json.EndObject();
  json.EndObject();
  if (std::any_of(params.begin(), params.end(),
                  [](const FieldDescription& field) { return field.presence == kRequired; })) {
    WriteWords("required", {"params"}, json);
  }
  json.EndObject();
  json.EndObject();
}

void WriteKind(KindDescription kind, const std::vector<CheckKind>& checks, JsonWriter& json) {
  const bool is_policy = kind.kind == WordOf(DocumentKind::kPolicy);
  std::vector<std::string> ids;
  for (const CheckKind& check : checks) ids.push_back(check.id);
  for (FieldDescription& field : kind.spec) {
    if (is_policy && field.key == "check") field.shape = WordShape(ids);
  }
  json.Key(kind.kind);
  json.StartObject();
  json.Member("title", kind.kind);
  json.Member("description", kind.summary);
  WriteMap(kind.spec, json);
  if (is_policy) {
    json.Key("allOf");
    json.StartArray();
    for (const CheckKind& check : checks) WriteRuleOf(check, json);
    json.EndArray();
  }
  json.EndObject();
}

std::string SchemaOf(const std::vector<KindDescription>& kinds,
                     const std::vector<CheckKind>& checks) {
  std::vector<std::string> names;
  for (const KindDescription& kind : kinds) names.push_back(kind.kind);
  std::vector<FieldDescription> head = DescribeFields(FieldsOf(static_cast<Document*>(nullptr)));
  for (FieldDescription& field : head) {
    if (field.key == "kind") field.shape = WordShape(names);
  }
  JsonWriter json;
  json.StartObject();
  json.Member("$schema", "https://json-schema.org/draft/2020-12/schema");
  json.Member("title", "A document of Tidewaiter's policy files");
  WriteMap(head, json);
  json.Key("allOf");
  json.StartArray();
  for (const std::string& name : names) {
    json.StartObject();
    StartThen("kind", name, json);
    json.Key("properties");
    json.StartObject();
    json.Key("spec");
    json.StartObject();
    json.Member("$ref", "#/$defs/" + name);
    json.EndObject();
    json.EndObject();
    json.EndObject();
    json.EndObject();
  }
  json.EndArray();
  json.Key("$defs");
  json.StartObject();
  for (const KindDescription& kind : kinds) WriteKind(kind, checks, json);
  json.EndObject();
  json.EndObject();
  return std::string(json.text()) + "\n";
}

int Run(const std::string& kind, const std::vector<CheckKind>& checks) {
  std::vector<KindDescription> kinds = DescribeKinds();
  std::erase_if(kinds,
                [&](const KindDescription& one) { return !kind.empty() && one.kind != kind; });
  std::string error;
  if (WriteResult(SchemaOf(kinds, checks), "", error)) return kClean;
  WriteError(fmt::format("tidewaiter: {}\n", error));
  return kUsage;
}

}  // namespace

Command AddSchema(CLI::App& app, const std::vector<CheckKind>& checks) {
  const auto kind = std::make_shared<std::string>();
  std::vector<std::string> kinds;
  for (const KindDescription& one : DescribeKinds()) kinds.push_back(one.kind);
  app.add_option("--kind", *kind, "Only documents of this kind (default: of all)")
      ->check(CLI::IsMember(kinds));
  app.footer(
      "Examples:\n"
      "  tidewaiter schema > .tidewaiter.schema.json\n"
      "  tidewaiter schema --kind Suite");
  return [kind, &checks] { return Run(*kind, checks); };
}

}  // namespace tidewaiter
