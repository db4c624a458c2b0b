#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
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
  std::string_view type = "ClusterIP";
  std::vector<ServicePort> ports;
  std::vector<std::string_view> external_ips;
  std::string_view load_balancer_ip;
  std::vector<std::string_view> load_balancer_source_ranges;
  std::string_view external_name;
  std::vector<std::pair<std::string_view, std::string_view>> selector;  // sorted
};

}  // namespace tidewaiter
