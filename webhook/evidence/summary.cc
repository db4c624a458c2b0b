#include "webhook/evidence/summary.h"

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/kubernetes/image_reference.h"

namespace tidewaiter {
namespace {

bool Contains(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

template <class T>
T& Group(Summary::Groups<T>& groups, std::string_view name) {
  const auto found = groups.find(name);
  return found != groups.end() ? found->second : groups[std::string(name)];
}

template <class Range, class Predicate>
bool Any(const Range& range, Predicate predicate) {
  return std::any_of(range.begin(), range.end(), predicate);
}

bool Denies(const LoggedFinding& finding) {
  return finding.action == "deny" || finding.would == "deny";
}

}  // namespace

std::string RegistryOf(std::string_view image) {
  std::string error;
  const auto reference = ParseImageReference(image, error);
  return reference ? reference->registry : "(no image reference)";
}

void Tally::Add(Verdict verdict) {
  ++decisions;
  denied += verdict == Verdict::kDenied;
  would_be_denied += verdict == Verdict::kWouldBeDenied;
}

bool Summarizer::Passes(const LoggedDecision& decision) const {
  if (!filter_.since.empty() && decision.time < filter_.since) return false;
  if (!filter_.until.empty() && decision.time >= filter_.until) return false;
  return filter_.namespaces.empty() || Contains(filter_.namespaces, decision.name_space);
}

FilteredDecision Summarizer::Filter(const LoggedDecision& decision) const {
  FilteredDecision filtered{decision, {}, {}};
  for (const LoggedFinding& finding : decision.findings) {
    if (!filter_.policies.empty() && !Contains(filter_.policies, finding.policy)) continue;
    filtered.findings.push_back(&finding);
    if (Denies(finding)) filtered.refusing.push_back(&finding);
  }
  // A line that was too long may lack the very finding that refused it, and an error has none.
  const bool refused = filter_.policies.empty() ? !decision.allowed || decision.would == "deny"
                                                : !filtered.refusing.empty();
  if (refused) filtered.verdict = decision.allowed ? Verdict::kWouldBeDenied : Verdict::kDenied;
  return filtered;
}

void Summarizer::Add(const LoggedDecision& decision,
                     const std::function<void(const FilteredDecision&)>& and_then) {
  if (!Passes(decision)) return;
  const FilteredDecision filtered = Filter(decision);
  Summary& sum = summary_;
  if (sum.first.empty() || decision.time < sum.first) sum.first = decision.time;
  if (decision.time > sum.last) sum.last = decision.time;
  sum.total.Add(filtered.verdict);
  sum.errors += !decision.error.empty();
  sum.dry_runs += decision.dry_run;
  sum.truncated += decision.truncated;
  sum.warned += filtered.verdict == Verdict::kAllowed &&
                Any(filtered.findings, [](const auto* f) { return f->would == "warn"; });
  Group(sum.namespaces, decision.name_space).Add(filtered.verdict);
  Group(sum.users, decision.user).Add(filtered.verdict);
  Group(sum.days, decision.time.substr(0, 10)).Add(filtered.verdict);
  sum.workloads[{std::string(decision.name_space), WorkloadOf(decision).ToString()}].Add(
      filtered.verdict);
  AddFindings(filtered);
  AddRegistries(filtered);
  if (and_then) and_then(filtered);
}

void Summarizer::AddFindings(const FilteredDecision& filtered) {
  const auto& findings = filtered.findings;
  for (auto at = findings.begin(); at != findings.end(); ++at) {
    const std::string_view policy = (*at)->policy;
    const auto of_policy = [&](const LoggedFinding* f) { return f->policy == policy; };
    if (std::any_of(findings.begin(), at, of_policy)) continue;  // counted with the first of them
    const auto has = [&](auto predicate) {
      return std::any_of(at, findings.end(),
                         [&](const LoggedFinding* f) { return of_policy(f) && predicate(*f); });
    };
    PolicyTally& tally = Group(summary_.policies, policy);
    tally.Add(has(Denies) ? filtered.verdict : Verdict::kAllowed);
    tally.warned += has([](const LoggedFinding& f) { return f.would == "warn"; });
    tally.unchanged += has([](const LoggedFinding& f) { return f.unchanged; });
    tally.excused += has([](const LoggedFinding& f) { return !f.exception.empty(); });
  }
  summary_.unchanged += Any(findings, [](const auto* f) { return f->unchanged; });
  summary_.excused += Any(findings, [](const auto* f) { return !f->exception.empty(); });
  for (auto at = findings.begin(); at != findings.end(); ++at) {
    const std::string_view name = (*at)->exception;
    const auto same = [&](const LoggedFinding* f) { return f->exception == name; };
    if (name.empty() || std::any_of(findings.begin(), at, same)) continue;
    ExceptionTally& tally = Group(summary_.exceptions, name);
    ++tally.decisions;
    if (filtered.decision.time > tally.last) tally.last = filtered.decision.time;
  }
}

void Summarizer::AddRegistries(const FilteredDecision& filtered) {
  std::map<std::string, bool> seen;  // and whether the refusal has to do with it
  const bool whole_pod =
      Any(filtered.refusing, [](const LoggedFinding* f) { return f->image.empty(); });
  for (const std::string_view image : filtered.decision.images) {
    const bool blamed = whole_pod || Any(filtered.refusing,
                                         [&](const LoggedFinding* f) { return f->image == image; });
    seen[RegistryOf(image)] |= blamed;
  }
  for (const auto& [registry, blamed] : seen) {
    Group(summary_.registries, registry).Add(blamed ? filtered.verdict : Verdict::kAllowed);
  }
}

}  // namespace tidewaiter
