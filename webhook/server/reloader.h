#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "webhook/server/operational_log.h"

namespace tidewaiter {

// Something that is made from files, and made anew when they change.
class Reloadable {
 public:
  virtual ~Reloadable() = default;

  // What to watch: files and folders.
  virtual std::vector<std::string> Paths() const = 0;
  // Whether somebody is just writing the files, and says so.
  virtual bool BeingWritten() const { return false; }
  // Looks at the files, and puts what they are now in force if they have changed and are right.
  // `asked`: the operator wants to hear of it, whatever comes of it. False if the files changed
  // while they were read, so that they must be looked at again soon.
  virtual bool Reload(bool asked) = 0;
};

// Looks at files again when they change, when it is asked to, and now and then in any case, for
// file systems that tell of no change. It waits until nothing has changed for a moment, so that
// half of a `git pull` is not taken for the whole. All of it happens on a thread of its own, which
// gives way to those that answer reviews.
class Reloader {
 public:
  Reloader(std::vector<Reloadable*> things, std::chrono::milliseconds poll, OperationalLog& log);
  ~Reloader();  // stops and joins
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  void Start();
  // From any thread: looks at the files now.
  void ReloadNow();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidewaiter
