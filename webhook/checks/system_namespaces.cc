// systemNamespaces: workloads in the namespaces of the cluster itself come only from those who run
// it (MITRE ATT&CK T1036.005 Match Legitimate Resource Name or Location).
//
// Fields   request.namespace and request.userInfo of pods and templates
// Allowed  other namespaces than `namespaces`; nodes and the cluster's own controllers, known by
//          user and group; `allowedUsers`, compared as whole names
//
// What admission cannot see: a controller in kube-system that an attacker makes create the pod.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<WholeName> namespaces = {{"kube-system"}, {"kube-public"}, {"kube-node-lease"}};
  std::vector<WholeName> allowed_users;
};

bool Has(const std::vector<WholeName>& names, std::string_view text) {
  return std::any_of(names.begin(), names.end(),
                     [&](const WholeName& name) { return name.name == text; });
}

std::vector<Violation> CheckNamespace(const AdmissionRequest& request, const Params& params) {
  if (request.pod() == nullptr || !Has(params.namespaces, request.name_space) ||
      request.user.IsSystem() || Has(params.allowed_users, request.user.username)) {
    return {};
  }
  return {{"metadata.namespace", "", std::string(request.name_space),
           fmt::format("{} is a namespace of the cluster itself, and this user does not run it",
                       Quote(request.name_space, 64))}};
}

}  // namespace

CheckKind SystemNamespaces() {
  return {"systemNamespaces",
          "only those who run the cluster put workloads into its own namespaces",
          "use a namespace of your own",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>(
              {{"namespaces", "the namespaces (default: kube-system, kube-public, kube-node-lease)",
                kOptional, &Params::namespaces},
               {"allowedUsers", "users who may; whole names", kOptional, &Params::allowed_users}},
              CheckNamespace)};
}

}  // namespace tidewaiter
