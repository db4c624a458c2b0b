#include "webhook/cli/manifest.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "webhook/base/json.h"

namespace tidewaiter {
namespace {

std::string Text(const YamlNode* node) {
  return node != nullptr && node->kind == YamlKind::kScalar ? node->text : "";
}

// What is sent with a CONNECT, and to which resource: its object is not what it is about.
struct ConnectKind {
  std::string_view kind;
  std::string_view resource;
  std::string_view sub_resource;
};
constexpr std::array<ConnectKind, 6> kConnectOptions = {
    {{"PodExecOptions", "pods", "exec"},
     {"PodAttachOptions", "pods", "attach"},
     {"PodPortForwardOptions", "pods", "portforward"},
     {"PodProxyOptions", "pods", "proxy"},
     {"ServiceProxyOptions", "services", "proxy"},
     {"NodeProxyOptions", "nodes", "proxy"}}};

const ConnectKind* FindConnectKind(std::string_view kind) {
  const auto* const found =
      std::find_if(kConnectOptions.begin(), kConnectOptions.end(),
                   [&](const ConnectKind& options) { return options.kind == kind; });
  return found == kConnectOptions.end() ? nullptr : found;
}

// "deployments" for "Deployment", as the API names its resources.
std::string ResourceOf(const std::string& kind) {
  const ConnectKind* const options = FindConnectKind(kind);
  if (options != nullptr) return std::string(options->resource);
  std::string resource;
  for (const char c : kind) resource += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (resource.ends_with('y')) return resource.substr(0, resource.size() - 1) + "ies";
  return resource + (resource.ends_with('s') ? "es" : "s");
}

bool IsClusterScoped(std::string_view kind) {
  static constexpr std::array<std::string_view, 11> kKinds = {"ClusterRole",
                                                              "ClusterRoleBinding",
                                                              "CustomResourceDefinition",
                                                              "MutatingWebhookConfiguration",
                                                              "Namespace",
                                                              "Node",
                                                              "NodeProxyOptions",
                                                              "PersistentVolume",
                                                              "PriorityClass",
                                                              "StorageClass",
                                                              "ValidatingWebhookConfiguration"};
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

void WriteGroupVersion(const ManifestIdentity& identity, std::string_view last_key,
                       const std::string& last, JsonWriter& json) {
  json.StartObject();
  json.Member("group", identity.group);
  json.Member("version", identity.version);
  json.Member(last_key, last);
  json.EndObject();
}

void WriteObject(std::string_view key, const std::string& object, JsonWriter& json) {
  if (object.empty()) return;
  json.Key(key);
  json.Raw(object);
}

void Take(const std::string& file, YamlNode node, Diagnostics& diagnostics,
          const std::function<void(YamlNode)>& each) {
  const SourceLocation here{file, node.line, node.column};
  if (node.kind != YamlKind::kMap) {
    return diagnostics.Error(
        here, fmt::format("expected an object of Kubernetes, got {}", YamlKindName(node)));
  }
  const std::string kind = Text(node.Find("kind"));
  if (kind.empty() || Text(node.Find("apiVersion")).empty()) {
    return diagnostics.Error(here, "not an object of Kubernetes: no apiVersion and kind");
  }
  if (kind.ends_with("List")) {
    for (YamlNode::Entry& entry : node.entries) {
      if (entry.key.text != "items" || entry.value.kind != YamlKind::kSequence) continue;
      for (YamlNode& item : entry.value.items) Take(file, std::move(item), diagnostics, each);
      return;
    }
  }
  each(std::move(node));
}

}  // namespace

std::string ManifestIdentity::ToString() const {
  return fmt::format("{} {}{}{}", kind, name_space, name_space.empty() ? "" : "/", name);
}

std::string_view ConnectedSubResource(std::string_view kind) {
  const ConnectKind* const options = FindConnectKind(kind);
  return options == nullptr ? "" : options->sub_resource;
}

ManifestIdentity Identify(const YamlNode& manifest, const std::string& default_namespace) {
  ManifestIdentity identity;
  const std::string api_version = Text(manifest.Find("apiVersion"));
  const std::size_t slash = api_version.find('/');
  identity.group = slash == std::string::npos ? "" : api_version.substr(0, slash);
  identity.version = slash == std::string::npos ? api_version : api_version.substr(slash + 1);
  identity.kind = Text(manifest.Find("kind"));
  if (const YamlNode* const metadata = manifest.Find("metadata")) {
    identity.name = Text(metadata->Find("name"));
    const std::string prefix = Text(metadata->Find("generateName"));
    if (identity.name.empty() && !prefix.empty()) identity.name = prefix + "*";
    identity.name_space = Text(metadata->Find("namespace"));
  }
  if (identity.name_space.empty()) identity.name_space = default_namespace;
  if (IsClusterScoped(identity.kind)) identity.name_space.clear();
  return identity;
}

void ForEachManifest(const std::string& file, std::vector<YamlNode> documents,
                     Diagnostics& diagnostics, const std::function<void(YamlNode)>& each) {
  for (YamlNode& document : documents) Take(file, std::move(document), diagnostics, each);
}

std::string ReviewOf(const ManifestIdentity& identity, const AssumedRequest& assumed,
                     const std::string& object, const std::string& old_object) {
  JsonWriter json;
  json.StartObject();
  json.Member("apiVersion", "admission.k8s.io/v1");
  json.Member("kind", "AdmissionReview");
  json.Key("request");
  json.StartObject();
  json.Member("uid", "check");
  json.Key("kind");
  WriteGroupVersion(identity, "kind", identity.kind, json);
  json.Key("resource");
  WriteGroupVersion(identity, "resource", ResourceOf(identity.kind), json);
  if (!assumed.sub_resource.empty()) json.Member("subResource", assumed.sub_resource);
  json.Member("name", identity.name);
  // The request of a Namespace carries its own name as its namespace.
  json.Member("namespace", identity.kind == "Namespace" ? identity.name : identity.name_space);
  json.Member("operation", OperationName(assumed.operation));
  json.Key("userInfo");
  json.StartObject();
  json.Member("username", assumed.user);
  json.Key("groups");
  json.StartArray();
  for (const std::string& group : assumed.groups) json.String(group);
  json.EndArray();
  json.EndObject();
  json.Member("dryRun", assumed.dry_run);
  WriteObject("object", object, json);
  WriteObject("oldObject", old_object, json);
  json.EndObject();
  json.EndObject();
  return std::string(json.text());
}

}  // namespace tidewaiter
