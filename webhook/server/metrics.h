#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "webhook/admission/decision.h"

namespace tidewaiter {

// What is loaded again when its files change, and what came of it.
enum class Reloaded { kPolicies, kCertificate };
enum class ReloadResult { kLoaded, kUnchanged, kFailed };

// What the process counts, for Prometheus. May be used by several threads.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // Makes the series that a server with this mode and set will need (review_counters.h).
  void Expect(Mode mode, const std::shared_ptr<const PolicySet>& policies);
  // `request` is null if it could not be read; `policies` is the set that decided.
  void Review(Path path, const AdmissionRequest* request,
              const std::shared_ptr<const PolicySet>& policies, const Decision& decision,
              std::chrono::microseconds duration);
  // A request or connection that got no review; `reason` is a word of ours, never a peer's.
  void Refused(std::string_view reason);
  void Connection(std::string_view port);

  // Also sets the time of the last success, and whether the files are of no use now.
  void Reload(Reloaded what, ReloadResult result);

  using Labels = std::map<std::string, std::string>;
  // A value that is read when somebody asks. Gauges of one name, with different labels, are added
  // one after the other.
  void AddGauge(const std::string& name, const std::string& help, std::function<double()> read,
                const Labels& labels = {});
  void AddCounter(const std::string& name, const std::string& help, std::function<double()> read);
  // A gauge that is always 1 and says something in its labels.
  void AddInfo(const std::string& name, const std::string& help, std::function<Labels()> read);

  // All refusals so far, by reason: for the operational log.
  std::map<std::string, std::uint64_t> Refusals() const;

  // Prometheus' text format.
  std::string Render() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidewaiter
