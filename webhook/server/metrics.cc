#include "webhook/server/metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>
#include <utility>
#include <vector>

#include "webhook/server/review_counters.h"

namespace tidewaiter {
namespace {

// Values that others keep, read when somebody asks.
class Callbacks : public prometheus::Collectable {
 public:
  struct Entry {
    std::string name;
    std::string help;
    prometheus::MetricType type;
    std::function<double()> read;
    std::function<Metrics::Labels()> labels = nullptr;
  };

  void Add(Entry entry) { entries_.push_back(std::move(entry)); }

  std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> families;
    for (const Entry& entry : entries_) {
      prometheus::ClientMetric metric;
      (entry.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) =
          entry.read();
      for (const auto& [name, value] : entry.labels ? entry.labels() : Metrics::Labels()) {
        metric.label.push_back({name, value});
      }
      if (families.empty() || families.back().name != entry.name) {
        families.push_back({entry.name, entry.help, entry.type, {}});
      }
      families.back().metric.push_back(std::move(metric));
    }
    return families;
  }

 private:
  std::vector<Entry> entries_;
};

}  // namespace

struct Metrics::Impl {
  prometheus::Registry registry;
  Callbacks callbacks;
  ReviewCounters reviews{registry};
  prometheus::Family<prometheus::Histogram>& durations =
      prometheus::BuildHistogram()
          .Name("tidewaiter_review_duration_seconds")
          .Help("Time from the last byte of a review to its answer, without the network.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& refusals =
      prometheus::BuildCounter()
          .Name("tidewaiter_refusals_total")
          .Help("Connections and requests refused before any review, by reason.")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& connections = prometheus::BuildCounter()
                                                             .Name("tidewaiter_connections_total")
                                                             .Help("Connections accepted, by port.")
                                                             .Register(registry);

  prometheus::Family<prometheus::Counter>& reloads =
      prometheus::BuildCounter()
          .Name("tidewaiter_reloads_total")
          .Help("Times that changed files were read, or somebody asked for it, by what came of it.")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& reload_success =
      prometheus::BuildGauge()
          .Name("tidewaiter_reload_last_success_timestamp_seconds")
          .Help("When files were last loaded or, on request, found unchanged; seconds since 1970.")
          .Register(registry);
  prometheus::Family<prometheus::Gauge>& reload_failing =
      prometheus::BuildGauge()
          .Name("tidewaiter_reload_failing")
          .Help("1 while the files cannot be used, and what was loaded before them is in force.")
          .Register(registry);

  prometheus::Histogram& duration = durations.Add(
      {}, prometheus::Histogram::BucketBoundaries{10e-6, 25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3,
                                                  2.5e-3, 5e-3, 10e-3, 50e-3, 0.25, 1, 5});

  struct ReloadOf {
    prometheus::Counter* results[3];
    prometheus::Gauge* success;
    prometheus::Gauge* failing;
  };
  ReloadOf reload_of[2];

  mutable std::mutex mutex;
  std::map<std::string, prometheus::Counter*, std::less<>> by_reason;

  Impl() {
    for (const Reloaded what : {Reloaded::kPolicies, Reloaded::kCertificate}) {
      const std::string name = what == Reloaded::kPolicies ? "policies" : "certificate";
      ReloadOf& reload = reload_of[static_cast<int>(what)];
      for (const ReloadResult result :
           {ReloadResult::kLoaded, ReloadResult::kUnchanged, ReloadResult::kFailed}) {
        const char* const word = result == ReloadResult::kLoaded      ? "loaded"
                                 : result == ReloadResult::kUnchanged ? "unchanged"
                                                                      : "failed";
        reload.results[static_cast<int>(result)] = &reloads.Add({{"what", name}, {"result", word}});
      }
      reload.failing = &reload_failing.Add({{"what", name}});
      reload.success = &reload_success.Add({{"what", name}});
      reload.success->SetToCurrentTime();
    }
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::Expect(Mode mode, const std::shared_ptr<const PolicySet>& policies) {
  impl_->reviews.Expect(mode, policies);
}

void Metrics::Review(Path path, const AdmissionRequest* request,
                     const std::shared_ptr<const PolicySet>& policies, const Decision& decision,
                     std::chrono::microseconds duration) {
  impl_->reviews.Count(path, request, policies, decision);
  impl_->duration.Observe(static_cast<double>(duration.count()) * 1e-6);
}

void Metrics::Refused(std::string_view reason) {
  std::string label(reason);
  for (char& c : label) {
    if (c == ' ' || c == '-') c = '_';
  }
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->by_reason.find(label);
  if (found != impl_->by_reason.end()) return found->second->Increment();
  prometheus::Counter& counter = impl_->refusals.Add({{"reason", label}});
  counter.Increment();
  impl_->by_reason.emplace(label, &counter);
}

void Metrics::Connection(std::string_view port) {
  impl_->connections.Add({{"port", std::string(port)}}).Increment();
}

void Metrics::Reload(Reloaded what, ReloadResult result) {
  Impl::ReloadOf& reload = impl_->reload_of[static_cast<int>(what)];
  reload.results[static_cast<int>(result)]->Increment();
  reload.failing->Set(result == ReloadResult::kFailed ? 1 : 0);
  if (result != ReloadResult::kFailed) reload.success->SetToCurrentTime();
}

void Metrics::AddGauge(const std::string& name, const std::string& help,
                       std::function<double()> read, const Labels& labels) {
  impl_->callbacks.Add(
      {name, help, prometheus::MetricType::Gauge, std::move(read), [labels] { return labels; }});
}

void Metrics::AddCounter(const std::string& name, const std::string& help,
                         std::function<double()> read) {
  impl_->callbacks.Add({name, help, prometheus::MetricType::Counter, std::move(read)});
}

void Metrics::AddInfo(const std::string& name, const std::string& help,
                      std::function<Labels()> read) {
  impl_->callbacks.Add(
      {name, help, prometheus::MetricType::Gauge, [] { return 1.0; }, std::move(read)});
}

std::map<std::string, std::uint64_t> Metrics::Refusals() const {
  const std::lock_guard lock(impl_->mutex);
  std::map<std::string, std::uint64_t> refusals;
  for (const auto& [reason, counter] : impl_->by_reason) {
    refusals[reason] = static_cast<std::uint64_t>(counter->Value());
  }
  return refusals;
}

std::string Metrics::Render() const {
  std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
  for (prometheus::MetricFamily& family : impl_->callbacks.Collect()) {
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tidewaiter
