// interactiveAccess: people must not work inside running containers unless they are expected to
// (MITRE ATT&CK T1609 Container Administration Command, T1572 Protocol Tunneling, T1611 Escape to
// Host).
//
// Fields   CONNECT to pods/exec, pods/attach, pods/portforward, {pods,services,nodes}/proxy and the
//          path of a proxy; spec.ephemeralContainers of an UPDATE through pods/ephemeralcontainers
// Allowed  `allowedUsers` and members of `allowedGroups`, compared as whole names; for ephemeral
//          containers, if there are `images`, only with one of these; of a proxy's paths those that
//          are none of `paths`
//
// What admission cannot see: what is typed once the connection stands, the port of a port-forward,
// and whoever talks to the kubelet directly.

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/checks/registry.h"
#include "webhook/kubernetes/image_pattern.h"

namespace tidewaiter {
namespace {

enum class Access : std::uint8_t { kExec, kAttach, kPortForward, kProxy, kEphemeral };

Words<Access> WordsOf(Access) {
  static constexpr Word<Access> kWords[] = {{"exec", Access::kExec},
                                            {"attach", Access::kAttach},
                                            {"portforward", Access::kPortForward},
                                            {"proxy", Access::kProxy},
                                            {"ephemeralcontainers", Access::kEphemeral}};
  return {"subresource", kWords};
}

struct Params {
  std::vector<Access> sub_resources = {Access::kExec, Access::kAttach, Access::kPortForward,
                                       Access::kProxy, Access::kEphemeral};
  std::vector<WholeName> allowed_users;
  std::vector<WholeName> allowed_groups;
  std::vector<ImagePattern> images;
  std::optional<std::vector<Glob>> paths;
};

bool IsExpected(const UserInfo& user, const Params& params) {
  const auto names = [](const std::vector<WholeName>& list, std::string_view text) {
    return std::any_of(list.begin(), list.end(),
                       [&](const WholeName& name) { return name.name == text; });
  };
  return names(params.allowed_users, user.username) ||
         std::any_of(user.groups.begin(), user.groups.end(),
                     [&](std::string_view group) { return names(params.allowed_groups, group); });
}

// What scrapers and health checks read. A path that is not in its plain form may be another one
// behind the proxy.
bool IsQuiet(std::string_view path) {
  static const std::vector<Glob> kQuiet = {
      Glob("/metrics"), Glob("/metrics/*"), Glob("/healthz"),       Glob("/healthz/*"),
      Glob("/livez"),   Glob("/readyz"),    Glob("/stats/summary"), Glob("/configz")};
  for (const std::string_view odd : {"..", "//", "/./", "%", "\\"}) {
    if (path.find(odd) != std::string_view::npos) return false;
  }
  return std::any_of(kQuiet.begin(), kQuiet.end(),
                     [&](const Glob& quiet) { return quiet.Matches(path); });
}

bool IsLookedAt(std::string_view path, const Params& params) {
  if (!params.paths) return !IsQuiet(path);
  return std::any_of(params.paths->begin(), params.paths->end(),
                     [&](const Glob& glob) { return glob.Matches(path); });
}

std::string_view What(Access access) {
  switch (access) {
    case Access::kExec:
      return "run a command in";
    case Access::kAttach:
      return "attach to";
    case Access::kPortForward:
      return "forward a port to";
    case Access::kProxy:
      return "send a request through the API server to";
    case Access::kEphemeral:
      return "add a debug container to";
  }
  return "";
}

std::string_view Singular(std::string_view resource) {
  return resource == "nodes" ? "node" : resource == "services" ? "Service" : "pod";
}

void ReportConnect(const AdmissionRequest& request, Access access,
                   std::vector<Violation>& violations) {
  const ConnectOptions options =
      request.object && request.object->connect ? *request.object->connect : ConnectOptions();
  std::string message = fmt::format("this user is not expected to {} {} {}", What(access),
                                    Singular(request.resource.resource), Quote(request.name, 64));
  if (access == Access::kExec && options.standard_input && options.terminal) {
    message += ", on a terminal";
  }
  violations.push_back({access == Access::kProxy ? "path" : "request.userInfo.username",
                        std::string(options.container),
                        fmt::format("{} {}", request.sub_resource, request.user.username),
                        std::move(message)});
}

// The ephemeral containers that were not there before; the others are as they were, since the API
// server lets nobody change them.
void ReportEphemeral(const AdmissionRequest& request, const Params& params, bool expected,
                     std::vector<Violation>& violations) {
  const PodSpec* const pod = request.pod();
  if (pod == nullptr) return;
  std::vector<std::string_view> old;
  if (const PodSpec* const before = request.old_pod()) {
    for (const Container& container : request.Containers(*before)) {
      if (container.kind == ContainerKind::kEphemeral) old.push_back(container.name);
    }
  }
  std::sort(old.begin(), old.end());
  for (const Container& container : request.Containers(*pod)) {
    if (container.kind != ContainerKind::kEphemeral ||
        std::binary_search(old.begin(), old.end(), container.name)) {
      continue;
    }
    std::string error;
    const auto image = ParseImageReference(container.image, error);
    const bool image_allowed =
        params.images.empty() ||
        (image && std::any_of(params.images.begin(), params.images.end(),
                              [&](const ImagePattern& entry) { return entry.Matches(*image); }));
    if (expected && image_allowed) continue;
    violations.push_back(
        {pod->PathOf(container) + (expected ? ".image" : ""), std::string(container.name),
         std::string(container.image),
         expected ? fmt::format("debug container {} uses {}, which is no image for debugging",
                                Quote(container.name, 64), Quote(container.image, 255))
                  : fmt::format("this user is not expected to {} pod {}", What(Access::kEphemeral),
                                Quote(request.name, 64))});
  }
}

std::vector<Violation> CheckAccess(const AdmissionRequest& request, const Params& params) {
  std::vector<Violation> violations;
  for (const Word<Access>& word : WordsOf(Access()).words) {
    if (word.word != request.sub_resource ||
        std::find(params.sub_resources.begin(), params.sub_resources.end(), word.value) ==
            params.sub_resources.end()) {
      continue;
    }
    const bool expected = IsExpected(request.user, params);
    if (word.value == Access::kEphemeral) {
      ReportEphemeral(request, params, expected, violations);
    } else if (!expected && request.operation == Operation::kConnect) {
      const bool has_path =
          word.value == Access::kProxy && request.object && request.object->connect;
      if (has_path && !IsLookedAt(request.object->connect->path, params)) continue;
      ReportConnect(request, word.value, violations);
    }
  }
  return violations;
}

}  // namespace

CheckKind InteractiveAccess() {
  return {
      "interactiveAccess",
      "only expected users work inside running containers",
      "ask for the group that may do this, or use what the workload offers: logs, metrics",
      {.operations = {Operation::kConnect, Operation::kUpdate}, .pod_specs = true},
      Bind<Params>(
          {{"subResources", "exec, attach, portforward, proxy, ephemeralcontainers (default: all)",
            kOptional, &Params::sub_resources},
           {"allowedUsers", "users who may; whole names", kOptional, &Params::allowed_users},
           {"allowedGroups", "groups whose members may; whole names", kOptional,
            &Params::allowed_groups},
           {"images", "images that debug containers may have (default: any)", kOptional,
            &Params::images},
           {"paths",
            "paths of a proxy that are looked at; globs (default: all but metrics and health)",
            kOptional, &Params::paths}},
          CheckAccess)};
}

}  // namespace tidewaiter
