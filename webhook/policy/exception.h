#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "webhook/base/fields.h"
#include "webhook/checks/registry.h"
#include "webhook/kubernetes/image_pattern.h"

namespace tidewaiter {

struct Document;
struct Policy;

enum class Weekday { kSunday, kMonday, kTuesday, kWednesday, kThursday, kFriday, kSaturday };

// A time of day, UTC. "24:00" is the end of the day.
struct TimeOfDay {
  std::chrono::minutes since_midnight{0};
};

// Hours of a week, UTC. `from` is included, `to` is not. Where `to` is not after `from`, the window
// goes on past midnight and belongs to the day on which it began.
struct Window {
  std::vector<Weekday> days;  // empty: every day
  TimeOfDay from;
  TimeOfDay to{std::chrono::hours(24)};

  bool Contains(std::chrono::sys_seconds now) const;
};

// What is excused. Every list that is not empty must hold; in a list any entry may.
struct ExceptionMatch {
  std::vector<WholeName> namespaces;  // never empty
  std::vector<std::string> kinds;
  std::vector<Glob> names;
  // These two look at the container that a violation is about; where it is about the pod itself, at
  // every container of it (and for images at every image volume, too).
  std::vector<ImagePattern> images;
  std::vector<WholeName> containers;
  std::vector<WholeName> users;
};

// Excuses what it matches from some policies, for a time. Each stands alone: two are never
// combined.
struct PolicyException {
  std::string name;
  SourceLocation location;
  std::vector<std::string> policies;
  ExceptionMatch match;
  std::string owner;
  std::string reason;
  std::string ticket;
  Expiry expires;
  SourceLocation expires_location;
  std::optional<Window> window;

  bool HasExpired(std::chrono::sys_seconds now) const { return now >= expires.end; }
  // Ends later than with the 366th day from today. It has no effect until it no longer does.
  bool IsOverLong(std::chrono::sys_seconds now) const;
  bool InForce(std::chrono::sys_seconds now) const;
};
const std::vector<Field<PolicyException>>& FieldsOf(const PolicyException*);

inline constexpr std::chrono::days kLongestException{366};

// Reads a document of kind PolicyException. `policies` are those of the set.
PolicyException ReadException(const Document& document, std::span<const Policy> policies,
                              std::span<const CheckKind> checks, YamlContext& context);

}  // namespace tidewaiter
