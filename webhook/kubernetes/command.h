#pragma once

#include <string_view>
#include <vector>

// What a pod or a request would have run, as it is written. Text is a view into the request.
namespace tidewaiter {

// An entry of `env`.
struct EnvironmentVariable {
  std::string_view name;
  std::string_view value;
  bool literal = false;  // whether the value stands in the object, and not in a ConfigMap or Secret
};

// The command of a probe or a lifecycle hook.
struct HookCommand {
  std::string_view hook;  // livenessProbe, readinessProbe, startupProbe, lifecycle.postStart, ...
  std::vector<std::string_view> command;
};

// What a CONNECT asks for: PodExecOptions, PodAttachOptions, PodPortForwardOptions, and the
// PodProxyOptions, NodeProxyOptions and ServiceProxyOptions.
struct ConnectOptions {
  std::vector<std::string_view> command;  // of exec
  std::string_view container;             // of exec and attach
  bool standard_input = false;            // the same
  bool terminal = false;                  // the same
  std::string_view path;                  // of proxy: "/run/shop/web/app"
};

}  // namespace tidewaiter
