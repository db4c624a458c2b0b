#include "webhook/server/connection_guard.h"

#include <algorithm>
#include <utility>

namespace tidewaiter {
namespace {

constexpr std::chrono::seconds kSweepInterval{10};

}  // namespace

ConnectionGuard::Place::~Place() {
  const std::lock_guard lock(guard_.mutex_);
  guard_.Unlist(*this);
  --guard_.connections_;
}

void ConnectionGuard::Place::Prove() {
  if (proven_) return;
  const std::lock_guard lock(guard_.mutex_);
  proven_ = true;
  guard_.Unlist(*this);
}

void ConnectionGuard::Place::OnEvict(std::function<void()> evict) {
  const std::lock_guard lock(guard_.mutex_);
  evict_ = std::move(evict);
}

void ConnectionGuard::Unlist(Place& place) {
  if (!place.listed_) return;
  place.listed_ = false;
  strangers_.erase(place.stranger_);
  const auto source = sources_.find(place.source_);
  if (source != sources_.end()) --source->second.strangers;
}

std::unique_ptr<ConnectionGuard::Place> ConnectionGuard::Admit(const std::string& address,
                                                               Clock::time_point now,
                                                               const char*& why) {
  const std::lock_guard lock(mutex_);
  ForgetQuietSources(now);
  const auto [entry, is_new] = sources_.try_emplace(address);
  Source& source = entry->second;
  if (is_new) {
    source.tokens = limits_.accept_burst;
    source.refilled = now;
  }
  if (!TakeToken(source, now)) {
    why = "source_rate";
    return nullptr;
  }
  if (source.strangers >= limits_.unproven_per_source) {
    why = "source_connections";
    return nullptr;
  }
  if (connections_ >= limits_.max_connections && !EvictOldestLocked()) {
    why = "connections";
    return nullptr;
  }
  std::unique_ptr<Place> place(new Place(*this, address));
  place->stranger_ = strangers_.insert(strangers_.end(), place.get());
  place->listed_ = true;
  ++source.strangers;
  ++connections_;
  return place;
}

bool ConnectionGuard::TakeToken(Source& source, Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(now - source.refilled).count();
  source.refilled = now;
  source.tokens =
      std::min(limits_.accept_burst, source.tokens + seconds * limits_.accepts_per_second);
  if (source.tokens < 1) return false;
  source.tokens -= 1;
  return true;
}

bool ConnectionGuard::EvictOldest() {
  const std::lock_guard lock(mutex_);
  return EvictOldestLocked();
}

bool ConnectionGuard::EvictOldestLocked() {
  if (strangers_.empty()) return false;
  Place& oldest = *strangers_.front();
  Unlist(oldest);
  if (oldest.evict_) oldest.evict_();
  return true;
}

// An address that left nothing behind and would have its whole burst again need not be remembered.
void ConnectionGuard::ForgetQuietSources(Clock::time_point now) {
  if (now - swept_ < kSweepInterval) return;
  swept_ = now;
  std::erase_if(sources_, [&](const auto& entry) {
    return entry.second.strangers == 0 && now - entry.second.refilled > kSweepInterval;
  });
}

bool BodyBudget::Take(std::size_t bytes) {
  std::size_t used = used_;
  do {
    if (bytes > limit_ - used) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes));
  return true;
}

}  // namespace tidewaiter
