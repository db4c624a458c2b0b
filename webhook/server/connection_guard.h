#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "webhook/server/limits.h"

namespace tidewaiter {

// Decides who may be connected, over all threads of a port.
//
// A connection that has sent a valid review is proven; the others are strangers. When the table is
// full the oldest stranger makes room; proven connections are never closed for that. The proof
// belongs to the connection, not to the address: behind one address may stand many.
class ConnectionGuard {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ConnectionGuard(const Limits& limits) : limits_(limits) {}

  // The place of one connection in the table; leaving it is destroying it.
  class Place {
   public:
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    void Prove();
    bool proven() const { return proven_; }
    // How the connection is closed when its place is wanted; called from any thread, at most once.
    void OnEvict(std::function<void()> evict);

   private:
    friend class ConnectionGuard;
    Place(ConnectionGuard& guard, std::string source) : guard_(guard), source_(std::move(source)) {}

    ConnectionGuard& guard_;
    const std::string source_;
    std::list<Place*>::iterator stranger_;
    std::function<void()> evict_;
    std::atomic<bool> proven_ = false;
    bool listed_ = false;
  };

  // A place for a connection from this address; null if there is none for it, and `why` is a label
  // for a metric.
  std::unique_ptr<Place> Admit(const std::string& source, Clock::time_point now, const char*& why);

  // Closes the oldest stranger, whoever it is. False if there is none.
  bool EvictOldest();

  std::size_t connections() const { return connections_; }

 private:
  struct Source {
    std::size_t strangers = 0;
    double tokens = 0;
    Clock::time_point refilled;
  };

  bool TakeToken(Source& source, Clock::time_point now);
  bool EvictOldestLocked();
  void ForgetQuietSources(Clock::time_point now);
  void Unlist(Place& place);

  const Limits limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, Source> sources_;
  std::list<Place*> strangers_;  // the oldest first
  Clock::time_point swept_;
  std::atomic<std::size_t> connections_ = 0;
};

// Bytes of request bodies that are in memory, over all threads of a port.
class BodyBudget {
 public:
  explicit BodyBudget(std::size_t limit) : limit_(limit) {}
  // False, and nothing taken, if that would be too much.
  bool Take(std::size_t bytes);
  void Return(std::size_t bytes) { used_ -= bytes; }
  std::size_t used() const { return used_; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> used_ = 0;
};

}  // namespace tidewaiter
