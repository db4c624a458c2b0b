// dnsOverrides: a pod must not resolve names past the cluster's own DNS (MITRE ATT&CK T1557
// Adversary-in-the-Middle, T1071.004 DNS).
//
// Fields   spec.dnsConfig.nameservers, spec.dnsPolicy, spec.hostAliases
// Allowed  nameservers within `allowedNameservers`; no entries in the pod's /etc/hosts. With the
//          policy None at least one nameserver must be named, as the API server has it, too
//
// What admission cannot see: a resolver within the application, DNS over HTTPS, /etc/resolv.conf in
// an image or mounted over.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/ip_network.h"
#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<IpNetwork> allowed_nameservers;
};

bool IsAllowed(const Params& params, std::string_view text) {
  const std::optional<IpAddress> address = ParseIpAddress(text);
  return address &&
         std::any_of(params.allowed_nameservers.begin(), params.allowed_nameservers.end(),
                     [&](const IpNetwork& network) { return network.Contains(*address); });
}

// "192.0.2.7 for "db.example.com" and 2 more"
std::string InWords(const HostAlias& alias) {
  std::string text = Quote(alias.ip, 64);
  if (alias.hostnames.empty()) return text;
  text += fmt::format(" for {}", Quote(alias.hostnames[0], 255));
  if (alias.hostnames.size() > 1) text += fmt::format(" and {} more", alias.hostnames.size() - 1);
  return text;
}

// An alias with all its names: one more name is another alias.
std::string IdentityOf(const HostAlias& alias) {
  std::string identity(alias.ip);
  for (const std::string_view name : alias.hostnames) {
    identity += ' ';
    identity += name;
  }
  return identity;
}

std::vector<Violation> CheckDns(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  const PodSpec* const pod = request.pod();
  if (pod == nullptr) return violations;
  if (pod->dns_policy == "None" && pod->nameservers.empty()) {
    violations.push_back({pod->path + ".dnsPolicy", "", "None",
                          "the pod resolves no names by the cluster's DNS (policy None)"});
  }
  for (std::size_t i = 0; i < pod->nameservers.size(); ++i) {
    if (IsAllowed(params, pod->nameservers[i])) continue;
    violations.push_back(
        {fmt::format("{}.dnsConfig.nameservers[{}]", pod->path, i), "",
         std::string(pod->nameservers[i]),
         fmt::format("the pod asks {} for names", Quote(pod->nameservers[i], 64))});
  }
  for (std::size_t i = 0; i < pod->host_aliases.size(); ++i) {
    const HostAlias& alias = pod->host_aliases[i];
    violations.push_back({fmt::format("{}.hostAliases[{}]", pod->path, i), "", IdentityOf(alias),
                          fmt::format("the pod's hosts file has {}", InWords(alias))});
  }
  return violations;
}

}  // namespace

CheckKind DnsOverrides() {
  return {"dnsOverrides",
          "pods must resolve names by the cluster's own DNS",
          "remove it; names that the cluster must know belong into its DNS",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
          Bind<Params>({{"allowedNameservers", "addresses and networks of nameservers: 10.96.0.10",
                         kOptional, &Params::allowed_nameservers}},
                       CheckDns)};
}

}  // namespace tidewaiter
