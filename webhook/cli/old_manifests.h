#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "webhook/cli/manifest.h"

namespace tidewaiter {

struct OldManifest {
  std::string file;
  YamlNode manifest;
  std::string json;  // the same, as it stands in a review
};

// What is in the cluster before an UPDATE: the manifests of `check --old`, by kind, namespace and
// name. May be asked by several threads at once.
class OldManifests {
 public:
  // Reads the manifests of a text. Two of the same name are an error.
  void Read(const std::string& file, const std::string& text, const AssumedRequest& assumed,
            Diagnostics& diagnostics);

  // The old object of a new one; null if there is none.
  const OldManifest* Find(const ManifestIdentity& identity);

  // An error for each of a file that no new object was found for.
  void ReportUnused(const std::string& file, Diagnostics& diagnostics) const;

 private:
  std::map<std::string, OldManifest> manifests_;  // by ManifestIdentity::ToString
  std::mutex mutex_;
  std::set<std::string> found_;
};

}  // namespace tidewaiter
