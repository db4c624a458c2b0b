#pragma once

#include <optional>
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
};

// One object of a file, ready to be judged, with the way back to its lines.
struct InputObject {
  std::string file;
  AdmissionRequest request;
  SourceLocation location;      // where the object begins
  bool recorded_review = false;  // its user and operation are real
  YamlPositions positions;      // of a manifest: by field path

  // Where a field stands; if it stands nowhere (the API server filled it in, or it is missing), the
  // nearest that is above it.
  SourceLocation Locate(std::string_view field, std::string_view text) const;
};

// The objects of a text: a recorded AdmissionReview, or manifests as YAML or JSON, with Lists taken
// apart. Every manifest becomes a review and goes through the same door as one. What cannot be read
// is an error in the diagnostics.
std::vector<InputObject> ReadInput(const std::string& file, const std::string& text,
                                   const AssumedRequest& assumed, Diagnostics& diagnostics);

}  // namespace tidewaiter
