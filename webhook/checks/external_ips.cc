// externalIPs: a Service must not take addresses that are not its cluster's to give (MITRE ATT&CK
// T1557 Adversary-in-the-Middle; CVE-2020-8554).
//
// Fields   spec.externalIPs, spec.loadBalancerIP of Services
// Allowed  none, and addresses within the networks of `allowed`
//
// Each node sends what its pods send to such an address to the Service instead. What admission
// cannot see here: status.loadBalancer.ingress, which needs the right to write services/status.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/ip_network.h"
#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<IpNetwork> allowed;
};

bool IsAllowed(const Params& params, std::string_view text) {
  const std::optional<IpAddress> address = ParseIpAddress(text);
  return address &&
         std::any_of(params.allowed.begin(), params.allowed.end(),
                     [&](const IpNetwork& network) { return network.Contains(*address); });
}

std::vector<Violation> CheckAddresses(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  const Service* const service = request.service();
  if (service == nullptr) return violations;
  const auto check = [&](std::string field, std::string_view ip, std::string_view what) {
    if (IsAllowed(params, ip)) return;
    violations.push_back({std::move(field), "", std::string(ip),
                          fmt::format("the Service {} {}", what, Quote(ip, 64))});
  };
  for (std::size_t i = 0; i < service->external_ips.size(); ++i) {
    check(fmt::format("spec.externalIPs[{}]", i), service->external_ips[i],
          "takes the traffic for the address");
  }
  if (!service->load_balancer_ip.empty()) {
    check("spec.loadBalancerIP", service->load_balancer_ip,
          "asks for a load balancer with the address");
  }
  return violations;
}

}  // namespace

CheckKind ExternalIps() {
  return {"externalIPs",
          "Services must not take addresses that are not theirs",
          "remove it; who may give out addresses adds their network to the policy",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .services = true},
          Bind<Params>({{"allowed", "networks whose addresses may be taken: 192.0.2.0/24",
                         kOptional, &Params::allowed}},
                       CheckAddresses)};
}

}  // namespace tidewaiter
