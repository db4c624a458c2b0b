#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/diagnostic.h"
#include "webhook/base/yaml.h"
#include "webhook/kubernetes/admission_request.h"

namespace tidewaiter {

// Who and where a manifest would be sent by, and as what: a manifest does not say.
struct AssumedRequest {
  std::string name_space = "default";  // the manifest's own wins
  std::string user;
  std::vector<std::string> groups;
  Operation operation = Operation::kCreate;
  std::string sub_resource;
  bool dry_run = false;
};

// What a manifest says of itself.
struct ManifestIdentity {
  std::string group;
  std::string version;
  std::string kind;
  std::string name_space;  // empty for a kind that is cluster-scoped
  std::string name;        // "prefix*" where only generateName is given

  // "Deployment shop/web", "Namespace shop": what tells it from others in a cluster.
  std::string ToString() const;
};

// "exec" for PodExecOptions: the subresource whose CONNECT has an object of this kind. Empty for
// every other kind.
std::string_view ConnectedSubResource(std::string_view kind);

ManifestIdentity Identify(const YamlNode& manifest, const std::string& default_namespace);

// Gives every object of the documents to `each`, with Lists taken apart. What is no object of
// Kubernetes is an error.
void ForEachManifest(const std::string& file, std::vector<YamlNode> documents,
                     Diagnostics& diagnostics, const std::function<void(YamlNode)>& each);

// The AdmissionReview that the API server would send. The objects are JSON texts, and empty where
// the operation has none.
std::string ReviewOf(const ManifestIdentity& identity, const AssumedRequest& assumed,
                     const std::string& object, const std::string& old_object);

}  // namespace tidewaiter
