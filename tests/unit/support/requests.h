#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "webhook/kubernetes/admission_request.h"
#include "webhook/policy/loader.h"

// Builds reviews and policies from their parts, so that a test is a short table. What is named
// `spec`, `object` and the like is JSON text and stands in the review as it is.
namespace tidewaiter {

// An AdmissionReview. The group, version and resource follow from the kind.
struct Review {
  std::string operation = "CREATE";
  std::string kind = "Pod";
  std::string sub_resource = "";
  std::string name = "web";
  std::string name_space = "shop";
  std::string user = "jane";
  std::string object = "null";
  std::string old_object = "null";
  std::string more = "";  // further members of `request`, each with a comma behind it
  std::string uid = "\"u-1\"";
};
std::string ReviewText(const Review& review);

// An object of the kind, named "web", with `spec` where the kind has its pod spec (a Service: its
// spec).
std::string ObjectText(std::string_view kind, const std::string& spec);

std::string CreateText(std::string_view kind, const std::string& spec);
std::string UpdateText(std::string_view kind, const std::string& old_spec, const std::string& spec);

// `{"containers":[<containers>]}`
std::string PodText(const std::string& containers);

// A JSON string. What is not UTF-8 becomes U+FFFD.
std::string JsonText(std::string_view text);

// The kinds that have a pod spec, and the path to it.
struct WorkloadKind {
  std::string kind;
  std::string path;
};
const std::vector<WorkloadKind>& WorkloadKinds();

// A review that must be readable.
AdmissionRequest Parsed(const std::string& json);
// "uid|errors" of a review, nothing after the bar if it can be read.
std::string Refusal(const std::string& json);

// A document with one policy; `rest` is a line of its spec, as in "params: {allowed: [80]}".
std::string PolicyText(const std::string& name, const std::string& check,
                       const std::string& rest = "", const std::string& action = "deny");
// Policies that must be right.
PolicySet Load(const std::string& text);

// What is wrong with policies, without where.
std::string Mistakes(const std::string& text);

// The ids of all checks, as messages list them: "hostNamespaces, hostPorts".
std::string KnownChecks();

// "field|container|message" for each violation of each policy that matches, in order; one line that
// begins with "refused: " if the review cannot be read.
std::vector<std::string> Violations(const PolicySet& policies, const std::string& json);

}  // namespace tidewaiter
