// serviceWiring: an UPDATE sends the traffic of a Service to other pods (MITRE ATT&CK T1557
// Adversary-in-the-Middle, T1090 Proxy).
//
// Field    spec.selector of Services, of the old object and of the new one
// Allowed  the selector that it had; the order of its labels does not count
//
// What admission cannot see here: a pod that takes the labels which a selector asks for, and the
// EndpointSlices of a Service that has no selector.

#include <fmt/core.h>

#include "webhook/base/text.h"
#include "webhook/checks/registry.h"

namespace tidewaiter {
namespace {

struct Params {};

// "app=web,tier=front", at most so long as a sentence can bear.
std::string InWords(const Service& service) {
  if (service.selector.empty()) return "no selector";
  std::string text;
  for (const auto& [key, value] : service.selector) {
    if (text.size() > 128) break;
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, value);
  }
  return Quote(text, 128);
}

std::vector<Violation> CheckSelector(const AdmissionRequest& request, const Params&) {
  const Service* const before = request.old_service();
  const Service* const after = request.service();
  if (before == nullptr || after == nullptr || before->selector == after->selector) return {};
  return {{"spec.selector", "", "selector",
           fmt::format("the Service sends its traffic to other pods: {} becomes {}",
                       InWords(*before), InWords(*after))}};
}

}  // namespace

CheckKind ServiceWiring() {
  return {"serviceWiring",
          "updates must not send the traffic of a Service to other pods",
          "change the selector through the pipeline that deploys this Service",
          {.operations = {Operation::kUpdate}, .services = true},
          Bind<Params>({}, CheckSelector)};
}

}  // namespace tidewaiter
