// outOfBandChanges: what runs is changed by hand, past whoever deploys (MITRE ATT&CK T1525 Implant
// Internal Image, T1609 Container Administration Command).
//
// Fields   the pod spec of an UPDATE, old and new; request.options.fieldManager, request.userInfo
// Allowed  the same pod spec; `deployers` (whole names) and the cluster's own controllers; field
//          managers that match none of `fieldManagers`
//
// The client names its field manager itself: this finds habits, not attackers who take care. The
// message names paths, never values.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/canonical_json.h"
#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<Glob> field_managers = {
      Glob("kubectl-edit"),    Glob("kubectl-patch"),   Glob("kubectl-set"),
      Glob("kubectl-replace"), Glob("kubectl-rollout"), Glob("k9s"),
      Glob("node-fetch"),      Glob("dashboard*"),      Glob("Mozilla*")};
  std::vector<WholeName> deployers;
};

std::vector<Violation> CheckChange(const AdmissionRequest& request, const Params& params) {
  const PodSpec* const before = request.old_pod();
  const PodSpec* const after = request.pod();
  if (before == nullptr || after == nullptr || request.user.IsSystem() ||
      std::any_of(params.deployers.begin(), params.deployers.end(),
                  [&](const WholeName& user) { return user.name == request.user.username; }) ||
      std::none_of(params.field_managers.begin(), params.field_managers.end(),
                   [&](const Glob& glob) { return glob.Matches(request.field_manager); })) {
    return {};
  }
  constexpr std::size_t kMostPaths = 4;
  const std::vector<std::string> paths =
      ChangedPaths(before->written, after->written, kMostPaths + 1);
  if (paths.empty()) return {};
  std::string shown;
  for (std::size_t i = 0; i < std::min(paths.size(), kMostPaths); ++i) {
    shown += (i == 0 ? "" : ", ") + CutToRunes(paths[i], 96);
  }
  if (paths.size() > kMostPaths) shown += " and more";
  return {{after->path + "." + paths.front(), "", "",
           fmt::format("changed by hand with {}: {}", Quote(request.field_manager, 64), shown)}};
}

}  // namespace

CheckKind OutOfBandChanges() {
  return {"outOfBandChanges",
          "what runs is changed only by those who deploy it",
          "change it where it is deployed from",
          {.operations = {Operation::kUpdate}, .pod_specs = true},
          Bind<Params>(
              {{"fieldManagers",
                "field managers of tools for changes by hand; globs (default: those of kubectl "
                "edit, patch, set, replace and rollout, of k9s, Lens and dashboards)",
                kOptional, &Params::field_managers},
               {"deployers", "users who deploy; whole names", kOptional, &Params::deployers}},
              CheckChange)};
}

}  // namespace tidewaiter
