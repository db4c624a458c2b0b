#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "webhook/evidence/logged_decision.h"
#include "webhook/evidence/workload_name.h"

// What a decision log says when it is added up. Memory grows with the groups, not with the lines.
namespace tidewaiter {

// Which decisions and findings count. Empty members hold nothing back.
struct SummaryFilter {
  std::string since;  // a time as FormatTime writes it; included
  std::string until;  // excluded
  std::vector<std::string> namespaces;
  // Only findings of these policies; a decision then counts as refused if one of them refuses it.
  std::vector<std::string> policies;
};

enum class Verdict {
  kAllowed,
  kWouldBeDenied,  // allowed, since the webhook was not to refuse; in enforce mode it is not
  kDenied,
};

// Decisions of one group.
struct Tally {
  std::uint64_t decisions = 0;
  std::uint64_t denied = 0;
  std::uint64_t would_be_denied = 0;

  std::uint64_t refused() const { return denied + would_be_denied; }
  void Add(Verdict verdict);
};

// Decisions with a finding of one policy: in how many it refused, warned and so on. One decision
// may stand in several columns.
struct PolicyTally : Tally {
  std::uint64_t warned = 0;     // it warned, or would have
  std::uint64_t unchanged = 0;  // the object had the violation before, so that it was only told
  std::uint64_t excused = 0;    // by an exception
};

struct ExceptionTally {
  std::uint64_t decisions = 0;
  std::string last;  // the time of the last
};

struct Summary {
  std::string first;  // the times of the first and last decision
  std::string last;
  Tally total;
  std::uint64_t warned = 0;     // decisions: a warning was the most, or would have been
  std::uint64_t errors = 0;     // the request was malformed or could not be judged
  std::uint64_t dry_runs = 0;   // kubectl --dry-run=server
  std::uint64_t truncated = 0;  // the line was too long for all findings and images
  std::uint64_t unchanged = 0;  // with an old violation
  std::uint64_t excused = 0;    // with an excused one

  template <class T>
  using Groups = std::map<std::string, T, std::less<>>;
  Groups<PolicyTally> policies;
  Groups<Tally> namespaces;                                        // "" is cluster-scoped
  std::map<std::pair<std::string, std::string>, Tally> workloads;  // namespace, Workload::ToString
  Groups<Tally> users;
  Groups<Tally> registries;  // refused: because of a container whose image is from there
  Groups<Tally> days;        // UTC: "2026-11-21"
  Groups<ExceptionTally> exceptions;
};

// What a decision is after filtering: its verdict, and the findings that lead to it.
struct FilteredDecision {
  const LoggedDecision& decision;
  std::vector<const LoggedFinding*> findings;  // of the policies that are looked at
  std::vector<const LoggedFinding*> refusing;  // of those, the ones that deny, or would
  Verdict verdict = Verdict::kAllowed;
};

// Adds decisions up, one after the other.
class Summarizer {
 public:
  explicit Summarizer(SummaryFilter filter) : filter_(std::move(filter)) {}

  // Whether the decision is one of those looked at; `and_then` is given what is left of it.
  void Add(const LoggedDecision& decision,
           const std::function<void(const FilteredDecision&)>& and_then = nullptr);

  const Summary& summary() const { return summary_; }

 private:
  bool Passes(const LoggedDecision& decision) const;
  FilteredDecision Filter(const LoggedDecision& decision) const;
  void AddFindings(const FilteredDecision& filtered);
  void AddRegistries(const FilteredDecision& filtered);

  const SummaryFilter filter_;
  Summary summary_;
};

// The registry of an image as it is written in a pod: "docker.io"; "(no image reference)" if it is
// none.
std::string RegistryOf(std::string_view image);

}  // namespace tidewaiter
