#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "webhook/evidence/decision_log.h"
#include "webhook/server/connection_guard.h"
#include "webhook/server/http_engine.h"
#include "webhook/server/limits.h"
#include "webhook/server/metrics.h"
#include "webhook/server/tls_context.h"

namespace asio {
class io_context;
}

namespace tidewaiter {

// What all connections of one port share.
struct Port {
  Port(std::string port_name, const Limits& port_limits, Metrics& port_metrics)
      : name(std::move(port_name)),
        limits(port_limits),
        metrics(port_metrics),
        guard(port_limits),
        bodies(port_limits.bodies_in_flight) {}

  const std::string name;  // "webhook", "health"
  const Limits limits;
  Metrics& metrics;
  ConnectionGuard guard;
  BodyBudget bodies;
  std::function<std::shared_ptr<TlsContext>()> tls;  // empty: plain HTTP
  DecisionLog* log = nullptr;
  std::atomic<bool> draining = false;        // answers ask the client to close
  std::atomic<std::uint64_t> in_flight = 0;  // requests between their first byte and their answer
};

// One connection, owned by the event loop of one thread; its functions are called from that thread.
//
// It reads like the protocol: handshake, then head, body, answer, again. Each of these has one
// absolute deadline, which Sweep looks at; there is no timer for each connection.
class Connection {
 public:
  using Clock = std::chrono::steady_clock;
  virtual ~Connection() = default;

  // Ends the connection if its deadline has passed or its body comes too slowly.
  virtual void Sweep(Clock::time_point now) = 0;
  // Ends it if it has waited for a request for a moment, and none has arrived.
  virtual void CloseIfIdle(Clock::time_point now) = 0;
  virtual void Abort() = 0;
  virtual bool done() const = 0;
};

// Serves the socket `fd`, which it then owns, with requests for `engine`.
std::shared_ptr<Connection> StartConnection(asio::io_context& loop, int fd, std::string remote,
                                            std::unique_ptr<ConnectionGuard::Place> place,
                                            Port& port, HttpEngine& engine);

}  // namespace tidewaiter
