#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidewaiter {

// What the checks read of a Service, typed. Text is a view into the request.
struct ServicePort {
  std::size_t index = 0;
  std::string_view name;
  std::string_view protocol = "TCP";
  std::int32_t port = 0;
  std::string target_port;  // a number or a port's name; as the API server does, `port` if absent
  std::int32_t node_port = 0;
};

struct Service {
  std::vector<ServicePort> ports;
  std::vector<std::string_view> external_ips;
};

}  // namespace tidewaiter
