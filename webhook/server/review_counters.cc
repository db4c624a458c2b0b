#include "webhook/server/review_counters.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidewaiter {
namespace {

using prometheus::Counter;
using prometheus::Family;

constexpr std::size_t kActions = 4;
constexpr std::array<EnforcementAction, kActions> kAllActions = {
    EnforcementAction::kAllow, EnforcementAction::kAudit, EnforcementAction::kWarn,
    EnforcementAction::kDeny};

struct KnownKind {
  std::string_view group;
  std::string_view kind;
};
// What the shipped configuration registers, the frequent ones first.
constexpr std::array<KnownKind, 10> kObjects = {{{"", "Pod"},
                                                 {"apps", "ReplicaSet"},
                                                 {"apps", "Deployment"},
                                                 {"batch", "Job"},
                                                 {"", "Service"},
                                                 {"apps", "StatefulSet"},
                                                 {"apps", "DaemonSet"},
                                                 {"batch", "CronJob"},
                                                 {"", "ReplicationController"},
                                                 {"", "PodTemplate"}}};
constexpr std::array<KnownKind, 6> kConnects = {{{"", "PodExecOptions"},
                                                 {"", "PodAttachOptions"},
                                                 {"", "PodPortForwardOptions"},
                                                 {"", "PodProxyOptions"},
                                                 {"", "ServiceProxyOptions"},
                                                 {"", "NodeProxyOptions"}}};
constexpr std::size_t kOther = kObjects.size() + kConnects.size();
constexpr std::size_t kKinds = kOther + 1;

constexpr KnownKind KindAt(std::size_t index) {
  if (index < kObjects.size()) return kObjects[index];
  return index < kOther ? kConnects[index - kObjects.size()] : KnownKind{"", "other"};
}

std::size_t IndexOf(const AdmissionRequest* request) {
  if (request == nullptr) return kOther;
  const bool connects = request->operation == Operation::kConnect;
  const std::size_t end = connects ? kOther : kObjects.size();
  for (std::size_t i = connects ? kObjects.size() : 0; i < end; ++i) {
    if (KindAt(i).kind == request->kind.kind && KindAt(i).group == request->kind.group) return i;
  }
  return kOther;
}

std::size_t Index(EnforcementAction action) { return static_cast<std::size_t>(action); }

EnforcementAction ActionIn(Mode mode, EnforcementAction would) {
  const bool only_recorded = mode == Mode::kAudit && would != EnforcementAction::kAllow;
  return only_recorded ? EnforcementAction::kAudit : would;
}

// One counter for each pair of action and would, made when it is first asked for.
class ActionCounters {
 public:
  // `labels` gives the other labels; it is called only to make a counter.
  template <class Labels>
  Counter& At(Family<Counter>& family, EnforcementAction action, EnforcementAction would,
              Labels labels) {
    std::atomic<Counter*>& slot = counters_[Index(action)][Index(would)];
    if (Counter* const counter = slot.load(std::memory_order_acquire)) return *counter;
    prometheus::Labels all = labels();
    all.emplace("action", ActionName(action));
    all.emplace("would", ActionName(would));
    // The family gives the same counter for the same labels, whoever asks first.
    Counter& counter = family.Add(all);
    slot.store(&counter, std::memory_order_release);
    return counter;
  }

 private:
  std::array<std::array<std::atomic<Counter*>, kActions>, kActions> counters_{};
};

// The counters of the policies of one set, in their order.
struct PolicyCounters {
  std::shared_ptr<const PolicySet> policies;
  std::vector<ActionCounters> counters;
};

}  // namespace

struct ReviewCounters::Impl {
  Family<Counter>& reviews;
  Family<Counter>& findings;
  Counter& malformed;
  Counter& failed;
  std::array<std::array<ActionCounters, kKinds>, 2> by_kind;  // [path][kind]

  std::mutex mutex;
  std::shared_ptr<PolicyCounters> current;
  std::atomic<const PolicySet*> counted = nullptr;  // kept alive by `current`

  Impl(prometheus::Registry& registry, Family<Counter>& errors)
      : reviews(prometheus::BuildCounter()
                    .Name("tidewaiter_reviews_total")
                    .Help("Reviews answered; `would` is the answer of enforce mode.")
                    .Register(registry)),
        findings(prometheus::BuildCounter()
                     .Name("tidewaiter_findings_total")
                     .Help("Findings of each policy; `would` is what follows in enforce mode.")
                     .Register(registry)),
        malformed(errors.Add({{"status", "400"}})),
        failed(errors.Add({{"status", "500"}})) {}

  Counter& Review(Path path, std::size_t kind, EnforcementAction action, EnforcementAction would) {
    const bool validates = path == Path::kValidate;
    return by_kind[validates ? 0 : 1][kind].At(reviews, action, would, [&] {
      return prometheus::Labels{{"path", validates ? "validate" : "detect"},
                                {"kind", std::string(KindAt(kind).kind)}};
    });
  }

  Counter& Finding(PolicyCounters& set, std::size_t policy, EnforcementAction action,
                   EnforcementAction would) {
    return set.counters[policy].At(findings, action, would, [&] {
      return prometheus::Labels{{"policy", set.policies->policies[policy].name}};
    });
  }

  std::shared_ptr<PolicyCounters> CountersOf(const std::shared_ptr<const PolicySet>& policies,
                                             Mode mode) {
    const std::lock_guard lock(mutex);
    if (current && current->policies == policies) return current;
    auto next = std::make_shared<PolicyCounters>();
    next->policies = policies;
    next->counters = std::vector<ActionCounters>(policies->policies.size());
    for (std::size_t i = 0; i < next->counters.size(); ++i) {
      for (const EnforcementAction would : kAllActions) {
        if (would == EnforcementAction::kAllow) continue;
        Finding(*next, i, ActionIn(mode, would), would);
      }
    }
    current = std::move(next);
    counted = policies.get();
    return current;
  }
};

ReviewCounters::ReviewCounters(prometheus::Registry& registry)
    : impl_(std::make_unique<Impl>(
          registry, prometheus::BuildCounter()
                        .Name("tidewaiter_review_errors_total")
                        .Help("Reviews without a verdict of the policies: 400 malformed, 500 our "
                              "failure or too late.")
                        .Register(registry))) {}
ReviewCounters::~ReviewCounters() = default;

void ReviewCounters::Expect(Mode mode, const std::shared_ptr<const PolicySet>& policies) {
  impl_->CountersOf(policies, mode);
  for (const EnforcementAction would : kAllActions) {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      const EnforcementAction action = ActionIn(mode, would);
      if (kind < kObjects.size() || kind == kOther) {
        impl_->Review(Path::kValidate, kind, action, would);
      }
      if (kind >= kObjects.size()) impl_->Review(Path::kDetect, kind, action, would);
    }
  }
}

void ReviewCounters::Count(Path path, const AdmissionRequest* request,
                           const std::shared_ptr<const PolicySet>& policies,
                           const Decision& decision) {
  impl_->Review(path, IndexOf(request), decision.action, decision.would).Increment();
  if (!decision.error.empty()) {
    (decision.error_status >= 500 ? impl_->failed : impl_->malformed).Increment();
  }
  // A new set gets its counters with its first review, so that they stand before they count.
  if (decision.findings.empty() && impl_->counted == policies.get()) return;
  const std::shared_ptr<PolicyCounters> counters = impl_->CountersOf(policies, decision.mode);
  for (const tidewaiter::Finding& finding : decision.findings) {
    const auto index = static_cast<std::size_t>(finding.policy - policies->policies.data());
    impl_->Finding(*counters, index, finding.action, finding.would).Increment();
  }
}

}  // namespace tidewaiter
