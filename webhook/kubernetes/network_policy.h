#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewaiter {

// What the checks read of a NetworkPolicy, typed. Text is a view into the request.
struct NetworkPolicy {
  // The keys of labels that its podSelector names, in matchLabels and in matchExpressions.
  std::vector<std::string_view> selected_keys;
  // Of the texts below, two are the same if and only if they mean the same to JSON.
  std::string pod_selector;
  std::vector<std::string> ingress;  // one for each rule; each rule lets more through
  std::vector<std::string> egress;
  // Which directions it closes but for its rules: as written, or else as the API server has it.
  bool closes_ingress = true;
  bool closes_egress = false;
};

}  // namespace tidewaiter
