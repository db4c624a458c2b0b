#pragma once

#include <string>
#include <string_view>

#include "webhook/base/fields.h"

// Capabilities of Linux (capabilities(7)), by the names that Kubernetes gives them.
namespace tidewaiter {

// Those that the Pod Security Standards' level baseline lets a container add: runtimes give them
// without being asked.
inline constexpr std::string_view kDefaultCapabilities[] = {
    "AUDIT_WRITE",      "CHOWN",   "DAC_OVERRIDE", "FOWNER",  "FSETID", "KILL",      "MKNOD",
    "NET_BIND_SERVICE", "SETFCAP", "SETGID",       "SETPCAP", "SETUID", "SYS_CHROOT"};

// The spelling by which capabilities are compared: in upper case, without CAP_. Runtimes take
// sys_admin and CAP_SYS_ADMIN for SYS_ADMIN.
std::string NormalCapability(std::string_view written);

// A capability as a policy names it: in that spelling, or it is a mistake.
struct Capability {
  std::string name;
};

void ReadValue(const YamlNode& node, Capability& value, YamlContext& context);
Shape ShapeOf(const Capability*);

}  // namespace tidewaiter
