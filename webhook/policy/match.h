#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "webhook/base/fields.h"
#include "webhook/kubernetes/admission_request.h"

namespace tidewaiter {

Words<Operation> WordsOf(Operation);

// Which requests a policy looks at. Every list that is not empty must hold; in a list any entry
// may. There is no match by label: who writes the object must not be able to step out.
struct Match {
  std::vector<Operation> operations;
  std::vector<std::string> kinds;  // not looked at for CONNECT
  std::vector<Glob> namespaces;
  std::vector<WholeName> exclude_namespaces;
  std::vector<Glob> names;
  std::vector<Glob> users;
  std::vector<WholeName> exclude_users;
  std::vector<Glob> groups;
  std::vector<WholeName> exclude_groups;
  std::vector<std::string> resources;  // "pods", "pods/exec"
};
const std::vector<Field<Match>>& FieldsOf(const Match*);

bool Matches(const Match& match, const AdmissionRequest& request);

bool AnyMatches(const std::vector<Glob>& globs, std::string_view text);
bool AnyIs(const std::vector<WholeName>& names, std::string_view text);

}  // namespace tidewaiter
