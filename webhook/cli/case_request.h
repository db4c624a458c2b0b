#pragma once

#include <optional>

#include "webhook/base/diagnostic.h"
#include "webhook/kubernetes/admission_request.h"
#include "webhook/policy/suite.h"

namespace tidewaiter {

// The request that a case of a suite is about: its objects made into the review that the API server
// would send, or its recorded review, read through the webhook's own door. Nothing, and errors, if
// they cannot be read, or if they and the rest of the case do not fit together.
//
// What is sent with a CONNECT (PodExecOptions and the like) has no name of its own; in a case its
// metadata.name is that of the pod, Service or node, and its subresource follows from its kind.
std::optional<AdmissionRequest> ReadCaseRequest(const SuiteCase& tried, Diagnostics& diagnostics);

}  // namespace tidewaiter
