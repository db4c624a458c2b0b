#include "webhook/policy/lint.h"

#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/clock.h"
#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::sys_seconds;

void LintException(const PolicyException& exception, sys_seconds now, DiagnosticSeverity over_long,
                   Diagnostics& diagnostics) {
  const SourceLocation& where = exception.expires_location;
  if (exception.HasExpired(now)) {
    diagnostics.Warning(where,
                        fmt::format("exception {} has expired and has no effect", exception.name));
  } else if (exception.IsOverLong(now)) {
    const std::string message = fmt::format(
        "exception {} ends more than {} days ahead and has no effect; the last possible day is {}",
        exception.name, kLongestException.count(),
        FormatDate(floor<days>(now) + kLongestException));
    if (over_long == DiagnosticSeverity::kError) {
      diagnostics.Error(where, message);
    } else {
      diagnostics.Warning(where, message);
    }
  } else if (exception.expires.end - now <= kExpiresSoon) {
    diagnostics.Warning(where, fmt::format("exception {} ends soon; its last day is {}",
                                           exception.name, LastDay(exception.expires.end)));
  }
}

void LintList(const IndicatorList& list, sys_seconds now, Diagnostics& diagnostics) {
  const auto expired =
      std::count_if(list.indicators.begin(), list.indicators.end(),
                    [&](const Indicator& one) { return one.expires && now >= one.expires->end; });
  if (expired == 0) return;
  diagnostics.Warning(
      list.location,
      fmt::format("{} of {} in list {} expired and count no more", expired,
                  Count(list.indicators.size(), "indicator", "indicators"), list.name));
}

}  // namespace

std::string LastDay(sys_seconds end) { return FormatDate(floor<days>(end - seconds(1))); }

void LintPolicies(const PolicySet& set, sys_seconds now, DiagnosticSeverity over_long,
                  Diagnostics& diagnostics) {
  for (const PolicyException& exception : set.exceptions) {
    LintException(exception, now, over_long, diagnostics);
  }
  for (const auto& list : set.references.lists) LintList(*list, now, diagnostics);
  diagnostics.Sort();
}

}  // namespace tidewaiter
