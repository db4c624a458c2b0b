#pragma once

#include <string_view>
#include <vector>

#include "webhook/base/diagnostic.h"
#include "webhook/base/json.h"
#include "webhook/kubernetes/admission_request.h"
#include "webhook/kubernetes/object_reader.h"

namespace tidewaiter {

// Where the pod spec of a kind stands, as path components below the object: {"spec"} for a Pod,
// {"spec", "template", "spec"} for a Deployment. Null for a kind that has none.
const std::vector<std::string_view>* PodSpecPath(const GroupVersionKind& kind);

// Reads an object of a request, which is neither absent nor null. `path` is shown in errors; it is
// empty for `object`, so that field paths read as people write them. With `only_metadata` its spec
// is not looked at.
KubernetesObject ParseObject(JsonValue value, const GroupVersionKind& kind, bool only_metadata,
                             const FieldPath& path, Diagnostics& diagnostics);

}  // namespace tidewaiter
