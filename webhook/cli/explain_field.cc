#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/cli/explain.h"
#include "webhook/policy/document.h"

namespace tidewaiter {
namespace {

std::string TypeOf(const Shape& shape) {
  std::vector<std::string> alternatives;
  switch (shape.kind) {
    case Shape::Kind::kText:
      return "text";
    case Shape::Kind::kBool:
      return "true|false";
    case Shape::Kind::kInteger:
      return std::to_string(shape.low) + ".." + std::to_string(shape.high);
    case Shape::Kind::kWord:
      return Joined(shape.words, "|");
    case Shape::Kind::kDate:
      return "date or time";
    case Shape::Kind::kTime:
      return "time";
    case Shape::Kind::kList:
      return "list of " + TypeOf(shape.of.at(0));
    case Shape::Kind::kMap:
    case Shape::Kind::kFreeMap:
      return "map";
    case Shape::Kind::kOneOf:
      for (const Shape& one : shape.of) alternatives.push_back(TypeOf(one));
      return Joined(alternatives, " or ");
  }
  return "";
}

// The keys of a value; of a list, those of its items.
const std::vector<FieldDescription>& KeysOf(const Shape& shape) {
  return shape.kind == Shape::Kind::kList ? KeysOf(shape.of.at(0)) : shape.fields;
}

void Collect(const FieldDescription& field, const std::string& path,
             std::vector<ExplainedField>& fields) {
  fields.push_back({path, TypeOf(field.shape), field.presence == kRequired, field.summary});
  const std::string below = path + (field.shape.kind == Shape::Kind::kList ? "[]." : ".");
  for (const FieldDescription& key : KeysOf(field.shape)) Collect(key, below + key.key, fields);
}

// All kinds, as if they were keys.
std::vector<FieldDescription> Kinds() {
  std::vector<FieldDescription> kinds;
  for (KindDescription& kind : DescribeKinds()) {
    std::vector<FieldDescription> head = DescribeFields(FieldsOf(static_cast<Document*>(nullptr)));
    for (FieldDescription& field : head) {
      if (field.key == "kind") field.shape = WordShape({kind.kind});
      if (field.key == "spec") field.shape = MapShape(std::move(kind.spec));
    }
    kinds.push_back({kind.kind, kind.summary, kOptional, MapShape(std::move(head))});
  }
  return kinds;
}

}  // namespace

std::optional<std::vector<ExplainedField>> FindFields(std::string_view path, std::string& error) {
  std::vector<FieldDescription> known = Kinds();
  FieldDescription found;
  std::string shown;
  while (!path.empty()) {
    std::string_view key = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(key.size() + 1, path.size()));
    if (key.ends_with("[]")) key.remove_suffix(2);
    const auto field = std::find_if(known.begin(), known.end(),
                                    [&](const FieldDescription& one) { return one.key == key; });
    if (field == known.end()) {
      std::vector<std::string> keys;
      for (const FieldDescription& one : known) keys.push_back(one.key);
      error = shown.empty() ? "unknown kind " + Quote(key, 64) + DidYouMean(key, keys)
              : keys.empty()
                  ? "nothing is known of what is in " + shown
                  : "unknown key " + Quote(key, 64) + " in " + shown + DidYouMean(key, keys);
      return std::nullopt;
    }
    found = *field;
    shown += (shown.empty() ? "" : ".") + found.key;
    known = KeysOf(found.shape);
    if (found.shape.kind == Shape::Kind::kList && !path.empty()) shown += "[]";
  }
  std::vector<ExplainedField> fields;
  Collect(found, shown, fields);
  return fields;
}

std::vector<ExplainedField> ParametersOf(const CheckKind& check) {
  std::vector<ExplainedField> fields;
  for (const FieldDescription& field : check.params.fields) Collect(field, field.key, fields);
  return fields;
}

std::string FieldsAsText(const std::vector<ExplainedField>& fields) {
  std::vector<std::vector<std::string>> rows = {{"KEY", "TYPE", "NEEDED", "SUMMARY"}};
  for (const ExplainedField& field : fields) {
    rows.push_back({field.path, field.type, field.required ? "yes" : "", field.summary});
  }
  return Table(rows);
}

void WriteFields(const std::vector<ExplainedField>& fields, JsonWriter& json) {
  json.StartArray();
  for (const ExplainedField& field : fields) {
    json.StartObject();
    json.Member("path", field.path);
    json.Member("type", field.type);
    json.Member("required", field.required);
    json.Member("summary", field.summary);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace tidewaiter
