#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include "webhook/server/server.h"

namespace tidewaiter {

std::size_t UsableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int found = ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  std::size_t cores = static_cast<std::size_t>(std::max(found, 1));
  // cgroup v2: "<quota> <period>" in microseconds, or "max <period>".
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (file >> quota >> period && quota != "max" && period > 0) {
    const double allowed = std::ceil(std::stod(quota) / period);
    cores = std::min(cores, static_cast<std::size_t>(std::max(allowed, 1.0)));
  }
  return cores;
}

}  // namespace tidewaiter
