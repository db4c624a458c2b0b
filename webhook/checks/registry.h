#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/fields.h"
#include "webhook/base/yaml.h"
#include "webhook/checks/references.h"
#include "webhook/kubernetes/admission_request.h"

// A check is a pure function from a request to what is wrong with it. It never fails, never logs,
// and knows nothing of policies, actions or exceptions.
namespace tidewaiter {

struct Violation {
  std::string field;      // where it is: "spec.containers[0].securityContext.privileged"
  std::string container;  // whose it is; empty if the object's own
  // What makes it this violation, together with the container's name and the list in which the
  // field stands (up to its first index): an UPDATE does not bring in what the old object had with
  // the same three. Never shown.
  std::string identity;
  std::string message;                        // one sentence: container "app" is privileged
  std::optional<Expiry> ends = std::nullopt;  // from then on it is none
};

using Check = std::function<std::vector<Violation>(const AdmissionRequest&)>;

// What a check reads of a cluster's requests; a policy that names none of these matches nothing.
struct Reads {
  std::vector<Operation> operations;
  bool pod_specs = false;
  bool services = false;
  bool persistent_volumes = false;
  bool namespaces = false;
  bool network_policies = false;
};

// How a check gets its parameters: what they look like, and the function that reads them (a map,
// empty if the policy has none) and gives the check with them bound. Mistakes go to the context.
struct Binding {
  std::vector<FieldDescription> fields;
  std::function<Check(const YamlNode& params, const References&, YamlContext&)> bind;
};

// One row of the table of checks.
struct CheckKind {
  std::string id;
  std::string summary;
  std::string fix;  // what the author of the object can do: "remove it or set it to false"
  Reads reads;
  Binding params;
};

// The kinds of object (Pod, Deployment, ... or Service) that a check reads.
std::vector<std::string> KindsRead(const Reads& reads);

// All checks that are shipped, by id.
std::vector<CheckKind> ShippedChecks();

// Makes a Binding of a table of parameters and a function that checks with them. `prepare`, where
// there is one, sees the parameters once they are read: it looks up the lists that they name.
template <class Params>
Binding Bind(const std::vector<Field<Params>>& fields,
             std::vector<Violation> (*check)(const AdmissionRequest&, const Params&),
             void (*prepare)(const YamlNode& node, const References&, Params&,
                             YamlContext&) = nullptr) {
  return {DescribeFields(fields),
          [fields, check, prepare](const YamlNode& node, const References& references,
                                   YamlContext& context) -> Check {
            Params params;
            ReadFields(node, fields, params, context);
            if (prepare != nullptr) prepare(node, references, params, context);
            return [params = std::move(params), check](const AdmissionRequest& request) {
              return check(request, params);
            };
          }};
}

// The checks, each in the file of its name.
CheckKind AllowPrivilegeEscalation();
CheckKind AppArmorProfile();
CheckKind Capabilities();
CheckKind CapabilitiesBaseline();
CheckKind CapabilitiesRestricted();
CheckKind Commands();
CheckKind DnsOverrides();
CheckKind ExpectedPorts();
CheckKind ExposedServices();
CheckKind ExternalIps();
CheckKind ExternalNames();
CheckKind HostNamespaces();
CheckKind HostPathVolumes();
CheckKind HostPaths();
CheckKind HostPorts();
CheckKind HostProbesAndHostLifecycle();
CheckKind ImageChanges();
CheckKind ImagePinning();
CheckKind ImageRegistries();
CheckKind Indicators();
CheckKind InteractiveAccess();
CheckKind IsolationRemoved();
CheckKind LocalImages();
CheckKind LookalikeImages();
CheckKind NamespaceExemptions();
CheckKind OutOfBandChanges();
CheckKind PersistentVolumes();
CheckKind PodSecurity();
CheckKind PortChanges();
CheckKind PrivilegeGained();
CheckKind Privileged();
CheckKind ProcMount();
CheckKind ProcMountRestricted();
CheckKind RestrictedVolumes();
CheckKind RunAsNonRoot();
CheckKind RunAsUser();
CheckKind SeLinuxOptions();
CheckKind SeccompProfileBaseline();
CheckKind SeccompProfileRestricted();
CheckKind ServiceWiring();
CheckKind SuspiciousPorts();
CheckKind Sysctls();
CheckKind SystemNamespaces();
CheckKind WindowsHostProcess();

}  // namespace tidewaiter
