#pragma once

#include <string>
#include <vector>

#include "tests/unit/support/requests.h"
#include "webhook/admission/decision.h"

// What policies say of a review, as text that a table can hold.
namespace tidewaiter {

// One place in which a container can stand: every kind that has a pod spec, and each of its lists.
struct Place {
  std::string kind;  // "CronJob"
  std::string spec;  // the pod spec, with the container as the second entry of the list
  std::string path;  // "spec.jobTemplate.spec.template.spec.initContainers[1]"
};
std::vector<Place> PlacesOf(const std::string& container);

// "deny policy field" for each finding, with " unchanged" behind it if it is; "allow" if there is
// none, and "refused: ..." if the review cannot be read.
std::vector<std::string> Verdict(const PolicySet& policies, const std::string& json,
                                 const Circumstances& circumstances = {});

// The same of an UPDATE of one pod spec into another.
std::vector<std::string> VerdictOfUpdate(const PolicySet& policies, const std::string& kind,
                                         const std::string& old_spec, const std::string& spec);

}  // namespace tidewaiter
