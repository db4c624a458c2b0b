#include "tests/unit/support/verdicts.h"

#include <fmt/core.h>

namespace tidewaiter {

std::vector<Place> PlacesOf(const std::string& container) {
  const std::string first = R"({"name":"first","image":"nginx"})";
  const std::string two = "[" + first + "," + container + "]";
  const std::string others = R"(,"containers":[{"name":"app","image":"nginx"}]})";
  std::vector<Place> places;
  for (const WorkloadKind& workload : WorkloadKinds()) {
    places.push_back(
        {workload.kind, R"({"containers":)" + two + "}", workload.path + ".containers[1]"});
    for (const std::string list : {"initContainers", "ephemeralContainers"}) {
      places.push_back({workload.kind, "{\"" + list + "\":" + two + others,
                        fmt::format("{}.{}[1]", workload.path, list)});
    }
  }
  return places;
}

std::vector<std::string> Verdict(const PolicySet& policies, const std::string& json,
                                 const Circumstances& circumstances) {
  std::string uid;
  Diagnostics diagnostics;
  const auto request = ParseAdmissionReview(json, &uid, diagnostics);
  if (!request) return {"refused: " + diagnostics.Summary()};
  const Decision decision = Evaluate(policies, *request, circumstances);
  std::vector<std::string> lines;
  for (const Finding& finding : decision.findings) {
    lines.push_back(fmt::format("{} {} {}{}", ActionName(finding.action), finding.policy->name,
                                finding.violation.field, finding.unchanged ? " unchanged" : ""));
  }
  if (lines.empty()) lines.emplace_back("allow");
  return lines;
}

std::vector<std::string> VerdictOfUpdate(const PolicySet& policies, const std::string& kind,
                                         const std::string& old_spec, const std::string& spec) {
  return Verdict(policies, UpdateText(kind, old_spec, spec));
}

}  // namespace tidewaiter
