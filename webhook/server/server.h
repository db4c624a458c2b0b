#pragma once

#include <memory>
#include <string>
#include <vector>

#include "webhook/admission/decision.h"
#include "webhook/policy/policy_origin.h"
#include "webhook/server/certificate_store.h"
#include "webhook/server/limits.h"
#include "webhook/server/operational_log.h"

namespace tidewaiter {

struct ServerOptions {
  std::string listen = "0.0.0.0:8443";
  std::string health_listen = "0.0.0.0:8080";
  CertificateFiles certificate;
  std::shared_ptr<const PolicySet> policies;  // in force at the start
  PolicyOrigin policy_origin;                 // where they came from, and newer ones will
  std::vector<CheckKind> checks;              // that policies may name
  Mode mode = Mode::kEnforce;
  std::string decision_log = "-";
  std::size_t threads = 0;  // 0: as many as the process may use cores
  Limits limits;
  std::string version;
};

// The webhook as a process: ports, probes, signals, and files that are loaded again when they
// change. Run() returns the exit code of the process: 0 after an orderly end, 2 if something that
// it needs cannot be used.
class Server {
 public:
  Server(ServerOptions options, OperationalLog& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Opens logs and ports. False, with errors in the log, if that is not possible.
  bool Start();
  // "127.0.0.1:8443", once started.
  std::string endpoint() const;
  std::string health_endpoint() const;
  // Serves until SIGTERM or SIGINT. SIGHUP reopens the decision log, and loads policies and
  // certificate again.
  int Run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// How many cores the process may use: its affinity, and the CPU quota of its cgroup.
std::size_t UsableCores();

}  // namespace tidewaiter
