#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace tidewaiter {

// What is in force now, and may be replaced at any moment. Who took it keeps what was taken. A lock
// is held for no more than the copy of a pointer.
template <class T>
class Current {
 public:
  explicit Current(std::shared_ptr<T> first) : value_(std::move(first)) {}

  std::shared_ptr<T> Get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  // Gives back what was in force before.
  std::shared_ptr<T> Replace(std::shared_ptr<T> next) {
    const std::lock_guard lock(mutex_);
    value_.swap(next);
    return next;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<T> value_;
};

}  // namespace tidewaiter
