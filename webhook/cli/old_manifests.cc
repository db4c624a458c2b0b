#include "webhook/cli/old_manifests.h"

#include <fmt/core.h>

#include <utility>

#include "webhook/base/text.h"

namespace tidewaiter {

void OldManifests::Read(const std::string& file, const std::string& text,
                        const AssumedRequest& assumed, Diagnostics& diagnostics) {
  auto documents = ParseYaml(file, text, YamlDialect::kManifest, diagnostics);
  if (!documents) return;
  ForEachManifest(file, std::move(*documents), diagnostics, [&](YamlNode manifest) {
    const SourceLocation here{file, manifest.line, manifest.column};
    const std::string name = Identify(manifest, assumed.name_space).ToString();
    std::string json = YamlToJson(manifest);
    const auto [at, is_new] =
        manifests_.try_emplace(name, OldManifest{file, std::move(manifest), std::move(json)});
    if (is_new) return;
    const OldManifest& first = at->second;
    diagnostics.Error(
        here, fmt::format("{} stands twice in the old manifests, first in {}", PrintableText(name),
                          FormatLocation({first.file, first.manifest.line, 0})));
  });
}

const OldManifest* OldManifests::Find(const ManifestIdentity& identity) {
  const auto found = manifests_.find(identity.ToString());
  if (found == manifests_.end()) return nullptr;
  const std::lock_guard lock(mutex_);
  found_.insert(found->first);
  return &found->second;
}

void OldManifests::ReportUnused(const std::string& file, Diagnostics& diagnostics) const {
  for (const auto& [name, old] : manifests_) {
    if (old.file != file || found_.contains(name)) continue;
    diagnostics.Error(
        {old.file, old.manifest.line, old.manifest.column},
        fmt::format("{} is only in the old manifests; leave it out here, or judge its removal with "
                    "--operation DELETE",
                    PrintableText(name)));
  }
}

}  // namespace tidewaiter
