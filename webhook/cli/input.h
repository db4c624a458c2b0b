#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/diagnostic.h"
#include "webhook/base/yaml.h"
#include "webhook/cli/manifest.h"
#include "webhook/cli/old_manifests.h"
#include "webhook/kubernetes/admission_request.h"

namespace tidewaiter {

// One object of a file, ready to be judged, with the way back to its lines.
struct InputObject {
  std::string file;
  AdmissionRequest request;
  SourceLocation location;           // where the object begins
  bool recorded_review = false;      // its user and operation are real
  YamlNode manifest;                 // of a manifest
  const OldManifest* old = nullptr;  // of an UPDATE; lives in the OldManifests

  // Where a field stands; if it stands nowhere (the API server filled it in, or it is missing), the
  // nearest that is above it. A field of the old object is "oldObject.spec...".
  SourceLocation Locate(std::string_view field, std::string_view text) const;
};

// The objects of a text: a recorded AdmissionReview, or manifests as YAML or JSON, with Lists taken
// apart. Every manifest becomes a review and goes through the same door as one. What cannot be read
// is an error in the diagnostics. With the operation UPDATE each needs its old object from `old`.
std::vector<InputObject> ReadInput(const std::string& file, const std::string& text,
                                   const AssumedRequest& assumed, OldManifests& old,
                                   Diagnostics& diagnostics);

}  // namespace tidewaiter
