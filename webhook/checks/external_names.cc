// externalNames: a Service must not be another name for a host that nobody has approved (MITRE
// ATT&CK T1557 Adversary-in-the-Middle, T1071.004 DNS).
//
// Field    spec.externalName of Services with spec.type ExternalName
// Allowed  the domains in `allowedDomains` and all names below them, letter case and a dot at the
//          end ignored
//
// What admission cannot see: what the name resolves to, today or later.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {
  std::vector<std::string> allowed_domains;
};

std::string NormalName(std::string_view written) {
  std::string name(written);
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (name.ends_with('.')) name.pop_back();
  return name;
}

// By whole labels: notexample.com is not in example.com.
bool IsInDomain(std::string_view name, std::string_view domain) {
  if (name == domain) return true;
  return name.size() > domain.size() && name.ends_with(domain) &&
         name[name.size() - domain.size() - 1] == '.';
}

std::vector<Violation> CheckName(const AdmissionRequest& request, const Params& params) {
  const Service* const service = request.service();
  if (service == nullptr || service->type != "ExternalName") return {};
  const std::string name = NormalName(service->external_name);
  const auto& domains = params.allowed_domains;
  if (std::any_of(domains.begin(), domains.end(),
                  [&](const std::string& domain) { return IsInDomain(name, domain); })) {
    return {};
  }
  return {{"spec.externalName", "", name,
           fmt::format("the Service is another name for {}", Quote(name, 255))}};
}

void Prepare(const YamlNode& node, const References&, Params& params, YamlContext& context) {
  const YamlNode* const list = node.Find("allowedDomains");
  for (const std::string& domain : params.allowed_domains) {
    const bool right = !domain.empty() && domain == NormalName(domain) && domain.front() != '.' &&
                       domain.find('*') == std::string::npos;
    if (right) continue;
    context.Error(*list, fmt::format("{} is no domain, as in example.com: in lower case, without "
                                     "a wildcard, as it means all names below it, too",
                                     Quote(domain, 128)));
  }
}

}  // namespace

CheckKind ExternalNames() {
  return {"externalNames",
          "Services must not be names for hosts that nobody has approved",
          "have the application call the host by its own name, or have the domain added to the "
          "policy",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .services = true},
          Bind<Params>({{"allowedDomains", "domains that may be named, with all names below them",
                         kOptional, &Params::allowed_domains}},
                       CheckName, Prepare)};
}

}  // namespace tidewaiter
