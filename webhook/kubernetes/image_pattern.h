#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "webhook/base/fields.h"
#include "webhook/kubernetes/image_reference.h"

namespace tidewaiter {

// A set of repositories, as an operator writes it. Compared by canonical registry and by whole path
// components, never by string prefix.
//
//   docker.io/library/nginx    that repository
//   gcr.io/acme/*              everything below gcr.io/acme, at any depth; not gcr.io/acme itself
//   registry.k8s.io/*          everything in that registry
class ImagePattern {
 public:
  // Nothing, and `error`, for what is no such text: a wildcard anywhere else, a tag, a digest.
  static std::optional<ImagePattern> Parse(std::string_view text, std::string& error);

  // Never for what may be the ID of a local image.
  bool Matches(const ImageReference& image) const;

  const std::string& registry() const { return registry_; }
  // The repository, or the folder above everything that is meant ("" for a whole registry).
  const std::string& path() const { return path_; }

 private:
  std::string registry_;
  std::string path_;
  bool below_ = false;
};

// Warns of an entry that probably means more, or lets in more, than its author knows.
void ReadValue(const YamlNode& node, ImagePattern& value, YamlContext& context);
Shape ShapeOf(const ImagePattern*);

}  // namespace tidewaiter
