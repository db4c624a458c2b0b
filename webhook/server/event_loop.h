#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "webhook/server/connection.h"

namespace tidewaiter {

// One thread with its connections. A tick, ten times a second, looks at every deadline: that costs
// less than a timer for each request, and shows that the loop is alive.
class EventLoop {
 public:
  EventLoop(Port& port, const std::vector<HttpRoute>& routes);
  ~EventLoop();  // stops and joins
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  void Start();
  // From any thread: takes a connected socket over.
  void Adopt(int fd, std::string remote, std::unique_ptr<ConnectionGuard::Place> place);
  // From any thread: closes the connections that are between two requests, now and from now on.
  void CloseIdle();

  // Nanoseconds of the steady clock at the last tick.
  std::int64_t last_tick() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Several event loops behind one listening socket, dealt to in turn.
class Listener {
 public:
  // Listens on "address:port"; port 0 picks a free one. Null, and `error`, if that is not possible.
  static std::unique_ptr<Listener> Open(const std::string& address, Port& port,
                                        const std::vector<HttpRoute>& routes, std::size_t threads,
                                        std::string& error);
  ~Listener();

  void Start();
  // "127.0.0.1:8443"
  std::string endpoint() const;
  // Accepts what has connected already, then no more; closes idle connections. From any thread.
  void StopAccepting();
  std::size_t connections() const;
  // Whether every loop has ticked within this time.
  bool Alive(std::chrono::milliseconds within) const;

 private:
  struct Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidewaiter
