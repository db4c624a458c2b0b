#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/diagnostic.h"
#include "webhook/base/yaml.h"
#include "webhook/cli/manifest.h"
#include "webhook/cli/old_manifests.h"
#include "webhook/kubernetes/admission_request.h"

namespace tidewaiter {

// The largest file of manifests, or review, that is read.
inline constexpr std::size_t kMaxInput = 64 << 20;

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

// Whether a text is an AdmissionReview in JSON.
bool IsReview(const std::string& text);

// Reads the review that an object was made into, or that it is, through the webhook's own door.
// What is wrong with it is an error at its line of `text`, the object's file.
bool ReadRequest(std::string review, std::string_view text, InputObject& object,
                 Diagnostics& diagnostics);

// The objects of a text: a recorded AdmissionReview, or manifests as YAML or JSON, with Lists taken
// apart. Every manifest becomes a review and goes through the same door as one. What cannot be read
// is an error in the diagnostics. With the operation UPDATE each needs its old object from `old`.
std::vector<InputObject> ReadInput(const std::string& file, const std::string& text,
                                   const AssumedRequest& assumed, OldManifests& old,
                                   Diagnostics& diagnostics);

}  // namespace tidewaiter
