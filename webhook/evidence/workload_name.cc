#include "webhook/evidence/workload_name.h"

#include <fmt/core.h>

#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

// What k8s.io/apimachinery's rand package makes names of; the hash of a pod template is a number
// whose digits it maps to ten of them.
constexpr std::string_view kRandom = "bcdfghjklmnpqrstvwxz2456789";
constexpr std::string_view kHash = "bcdf456789";
constexpr std::string_view kDigits = "0123456789";

// `name` without its last part, if that is made of `letters` and of a length in the range; else "".
std::string_view WithoutSuffix(std::string_view name, std::string_view letters, std::size_t least,
                               std::size_t most) {
  const std::size_t dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return {};
  const std::string_view suffix = name.substr(dash + 1);
  const bool fits = suffix.size() >= least && suffix.size() <= most &&
                    suffix.find_first_not_of(letters) == std::string_view::npos;
  return fits ? name.substr(0, dash) : std::string_view();
}

std::string_view WithoutHash(std::string_view name) { return WithoutSuffix(name, kHash, 7, 10); }

Workload Fold(std::string_view kind, std::string_view name) {
  if (kind == "ReplicaSet") {
    if (const auto base = WithoutHash(name); !base.empty())
      return {"Deployment", std::string(base)};
  }
  if (kind == "Job") {
    const auto base = WithoutSuffix(name, kDigits, 8, 8);
    if (!base.empty()) return {"CronJob", std::string(base)};
  }
  return {std::string(kind), std::string(name)};
}

Workload FoldPod(std::string_view name) {
  std::string_view base;
  if (name.ends_with('*')) {
    base = name.substr(0, name.size() - 1);
    if (base.ends_with('-')) base.remove_suffix(1);
  } else {
    base = WithoutSuffix(name, kRandom, 5, 5);
  }
  if (base.empty()) return {"Pod", std::string(name)};
  if (const auto shorter = WithoutHash(base); !shorter.empty()) base = shorter;
  return {"Pod", std::string(base), true};
}

}  // namespace

std::string Workload::ToString() const {
  if (kind.empty()) return "";
  return PrintableText(fmt::format("{}/{}{}", kind, name, generated ? "-*" : ""));
}

Workload WorkloadOf(const LoggedDecision& decision) {
  if (!decision.owner.name.empty()) return Fold(decision.owner.kind, decision.owner.name);
  if (decision.resource == "pods") return FoldPod(decision.name);
  return Fold(decision.kind, decision.name);
}

}  // namespace tidewaiter
