#include "webhook/cli/input.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "webhook/base/json.h"
#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

// "spec.containers[0].image" without its last step; "" at the top.
std::string_view Parent(std::string_view path) {
  const std::size_t cut = path.find_last_of(".[");
  return cut == std::string_view::npos ? std::string_view() : path.substr(0, cut);
}

// Follows a field path as far as it goes.
JsonValue Follow(JsonValue value, std::string_view path) {
  while (!path.empty()) {
    JsonValue next;
    if (path[0] == '[') {
      std::size_t index = 0;
      const std::size_t close = path.find(']');
      std::from_chars(path.data() + 1, path.data() + close, index);
      next = value.At(index);
      path.remove_prefix(close + 1);
    } else {
      const std::size_t end = std::min(path.find_first_of(".["), path.size());
      next = value.Find(path.substr(0, end));
      path.remove_prefix(end);
    }
    if (path.starts_with('.')) path.remove_prefix(1);
    if (!next.exists()) break;
    value = next;
  }
  return value;
}

std::string Text(const YamlNode* node) {
  return node != nullptr && node->kind == YamlKind::kScalar ? node->text : "";
}

// "deployments" for "Deployment", as the API names its resources.
std::string ResourceOf(const std::string& kind) {
  std::string resource;
  for (const char c : kind) resource += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (resource.ends_with('y')) return resource.substr(0, resource.size() - 1) + "ies";
  return resource + (resource.ends_with('s') ? "es" : "s");
}

bool IsClusterScoped(std::string_view kind) {
  return kind == "Namespace" || kind == "Node" || kind == "PersistentVolume" ||
         kind == "ClusterRole" || kind == "ClusterRoleBinding" ||
         kind == "CustomResourceDefinition" || kind == "StorageClass" || kind == "PriorityClass" ||
         kind == "ValidatingWebhookConfiguration" || kind == "MutatingWebhookConfiguration";
}

std::string ReviewOf(const YamlNode& object, const AssumedRequest& assumed) {
  const std::string api_version = Text(object.Find("apiVersion"));
  const std::string kind = Text(object.Find("kind"));
  const std::size_t slash = api_version.find('/');
  const std::string group = slash == std::string::npos ? "" : api_version.substr(0, slash);
  const std::string version =
      slash == std::string::npos ? api_version : api_version.substr(slash + 1);
  const YamlNode* const metadata = object.Find("metadata");
  const std::string name = metadata ? Text(metadata->Find("name")) : "";
  std::string name_space = metadata ? Text(metadata->Find("namespace")) : "";
  if (name_space.empty()) name_space = assumed.name_space;
  if (IsClusterScoped(kind)) name_space = kind == "Namespace" ? name : "";

  JsonWriter json;
  json.StartObject();
  json.Member("apiVersion", "admission.k8s.io/v1");
  json.Member("kind", "AdmissionReview");
  json.Key("request");
  json.StartObject();
  json.Member("uid", "check");
  json.Key("kind");
  json.StartObject();
  json.Member("group", group);
  json.Member("version", version);
  json.Member("kind", kind);
  json.EndObject();
  json.Key("resource");
  json.StartObject();
  json.Member("group", group);
  json.Member("version", version);
  json.Member("resource", ResourceOf(kind));
  json.EndObject();
  json.Member("name", name);
  json.Member("namespace", name_space);
  json.Member("operation", "CREATE");
  json.Key("userInfo");
  json.StartObject();
  json.Member("username", assumed.user);
  json.Key("groups");
  json.StartArray();
  for (const std::string& group_name : assumed.groups) json.String(group_name);
  json.EndArray();
  json.EndObject();
  json.Key("object");
  json.Raw(YamlToJson(object));
  json.EndObject();
  json.EndObject();
  return std::string(json.text());
}

// Gives the field errors of a door the places of the fields.
void AddLocated(const Diagnostics& from, const InputObject& object, std::string_view text,
                Diagnostics& to) {
  for (const Diagnostic& diagnostic : from.all()) {
    to.Error(object.Locate(diagnostic.field, text),
             diagnostic.field.empty() ? diagnostic.message
                                      : diagnostic.field + ": " + diagnostic.message);
  }
}

void ReadManifest(const std::string& file, const std::string& text, const YamlNode& node,
                  const AssumedRequest& assumed, Diagnostics& diagnostics,
                  std::vector<InputObject>& objects) {
  const SourceLocation here{file, node.line, node.column};
  if (node.kind != YamlKind::kMap) {
    return diagnostics.Error(here, fmt::format("expected an object of Kubernetes, got {}",
                                               YamlKindName(node)));
  }
  const std::string kind = Text(node.Find("kind"));
  if (kind.empty() || Text(node.Find("apiVersion")).empty()) {
    return diagnostics.Error(here, "not an object of Kubernetes: no apiVersion and kind");
  }
  if (const YamlNode* const items = node.Find("items");
      items != nullptr && items->kind == YamlKind::kSequence && kind.ends_with("List")) {
    for (const YamlNode& item : items->items) {
      ReadManifest(file, text, item, assumed, diagnostics, objects);
    }
    return;
  }
  InputObject object;
  object.file = file;
  object.location = here;
  object.positions = LocateYaml(file, node);
  std::string uid;
  Diagnostics found;
  std::optional<AdmissionRequest> request =
      ParseAdmissionReview(ReviewOf(node, assumed), &uid, found);
  if (!request) return AddLocated(found, object, text, diagnostics);
  object.request = std::move(*request);
  objects.push_back(std::move(object));
}

void ReadReview(const std::string& file, const std::string& text, Diagnostics& diagnostics,
                std::vector<InputObject>& objects) {
  InputObject object;
  object.file = file;
  object.location = {file, 1, 1};
  object.recorded_review = true;
  std::string uid;
  Diagnostics found;
  std::optional<AdmissionRequest> request = ParseAdmissionReview(text, &uid, found);
  if (!request) return AddLocated(found, object, text, diagnostics);
  object.request = std::move(*request);
  objects.push_back(std::move(object));
}

bool IsReview(const std::string& text) {
  if (text.find("\"AdmissionReview\"") == std::string::npos) return false;
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string::npos && text[start] == '{';
}

}  // namespace

SourceLocation InputObject::Locate(std::string_view field, std::string_view text) const {
  if (recorded_review) {
    if (!request.document) return location;
    const JsonValue root = request.document->root().Find("request");
    const JsonValue value = Follow(root.Find("object"), field);
    return LocateOffset(file, text, value.exists() ? value.offset() : 0);
  }
  while (true) {
    const auto found = positions.find(field);
    if (found != positions.end()) return found->second;
    if (field.empty()) return location;
    field = Parent(field);
  }
}

std::vector<InputObject> ReadInput(const std::string& file, const std::string& text,
                                   const AssumedRequest& assumed, Diagnostics& diagnostics) {
  std::vector<InputObject> objects;
  if (IsReview(text)) {
    ReadReview(file, text, diagnostics, objects);
    return objects;
  }
  const auto documents = ParseYaml(file, text, YamlDialect::kManifest, diagnostics);
  if (!documents) return objects;
  if (documents->empty()) diagnostics.Error({file, 1, 1}, "no object in this file");
  for (const YamlNode& document : *documents) {
    ReadManifest(file, text, document, assumed, diagnostics, objects);
  }
  return objects;
}

}  // namespace tidewaiter
