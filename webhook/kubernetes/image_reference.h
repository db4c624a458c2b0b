#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tidewaiter {

// What a container's `image` names, in the canonical form of the library distribution/reference,
// which kubelet and the container runtimes use.
//
//   nginx                        docker.io / library/nginx : latest
//   acme/app:v1                  docker.io / acme/app : v1
//   gcr.io                       docker.io / library/gcr.io : latest   (no slash: no registry)
//   gcr.io:443/acme/app          gcr.io:443 / acme/app : latest        (not the registry gcr.io)
//   gcr.io/acme/app:v1@sha256:…  gcr.io / acme/app @ sha256:…          (the digest counts)
struct ImageReference {
  std::string registry;    // host, with its port if one is written; letter case is kept
  std::string repository;  // path components joined by "/"
  std::string tag;         // as written; "latest" if neither tag nor digest is written
  std::string digest;      // "sha256:<64 hex>" or "sha512:<128 hex>"; empty if none is written

  bool operator==(const ImageReference&) const = default;

  // A runtime that has an image with this ID takes `sha256:<64 hex>` for that image and pulls
  // nothing, so such a text names no repository.
  bool MayBeLocalId() const;

  // registry/repository[:tag][@digest]
  std::string ToString() const;
};

// Reads a reference by the grammar of distribution/reference, by hand and in one pass: linear in
// the text. Nothing, and `error` ("repository name must be lower case"), if the text is none. A
// bare run of 64 hex digits is refused as there: it names an image by its local ID.
std::optional<ImageReference> ParseImageReference(std::string_view text, std::string& error);

}  // namespace tidewaiter
