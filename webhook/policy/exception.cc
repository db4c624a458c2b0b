#include "webhook/policy/exception.h"

#include <algorithm>

#include "webhook/policy/document.h"
#include "webhook/policy/names.h"
#include "webhook/policy/policy.h"

namespace tidewaiter {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

static Words<Weekday> WordsOf(Weekday) {
  static constexpr Word<Weekday> kWords[] = {
      {"Mon", Weekday::kMonday},   {"Tue", Weekday::kTuesday}, {"Wed", Weekday::kWednesday},
      {"Thu", Weekday::kThursday}, {"Fri", Weekday::kFriday},  {"Sat", Weekday::kSaturday},
      {"Sun", Weekday::kSunday}};
  return {"day", kWords};
}

static void ReadValue(const YamlNode& node, TimeOfDay& value, YamlContext& context) {
  const std::string& text = node.text;
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  const bool formed = node.kind == YamlKind::kScalar && text.size() == 5 && text[2] == ':' &&
                      digit(0) && digit(1) && digit(3) && digit(4);
  if (formed) {
    const int hour = (text[0] - '0') * 10 + (text[1] - '0');
    const int minute = (text[3] - '0') * 10 + (text[4] - '0');
    if ((hour < 24 && minute < 60) || text == "24:00") {
      value.since_midnight = minutes(hour * 60 + minute);
      return;
    }
  }
  context.WrongType(node, "a time of day (22:00)");
}

static Shape ShapeOf(const TimeOfDay*) {
  return TextShape("^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$");
}

static const std::vector<Field<Window>>& FieldsOf(const Window*) {
  static const std::vector<Field<Window>> kFields = {
      {"days", "Mon to Sun (default: every day)", kOptional, &Window::days},
      {"from", "start, UTC (default: 00:00)", kOptional, &Window::from},
      {"to", "end, UTC; before the start: on the next day (default: 24:00)", kOptional,
       &Window::to},
  };
  return kFields;
}

static const std::vector<Field<ExceptionMatch>>& FieldsOf(const ExceptionMatch*) {
  static const std::vector<Field<ExceptionMatch>> kFields = {
      {"namespaces", "namespaces; whole names", kRequired, &ExceptionMatch::namespaces,
       NamespaceNamesShape()},
      {"kinds", "kinds of object", kOptional, &ExceptionMatch::kinds},
      {"names", "names of objects; globs; generateName counts as \"prefix*\"", kOptional,
       &ExceptionMatch::names},
      {"images", "repositories of the container's image: quay.io/prometheus/node-exporter",
       kOptional, &ExceptionMatch::images},
      {"containers", "names of containers; whole names", kOptional, &ExceptionMatch::containers},
      {"users", "users; whole names", kOptional, &ExceptionMatch::users},
  };
  return kFields;
}

const std::vector<Field<PolicyException>>& FieldsOf(const PolicyException*) {
  static const std::vector<Field<PolicyException>> kFields = {
      {"policies", "the policies that it excuses from, by name", kRequired,
       &PolicyException::policies},
      {"match", "what is excused", kRequired, &PolicyException::match},
      {"owner", "who answers for it", kRequired, &PolicyException::owner, TextShape(".")},
      {"reason", "why it is needed", kRequired, &PolicyException::reason, TextShape(".")},
      {"ticket", "where it was decided", kOptional, &PolicyException::ticket},
      {"expires", "its last day (2027-03-31) or its end (2027-03-31T12:00:00Z)", kRequired,
       &PolicyException::expires},
      {"window", "the hours of the week in which it holds (default: all)", kOptional,
       &PolicyException::window},
  };
  return kFields;
}

bool Window::Contains(sys_seconds now) const {
  const sys_days today = floor<std::chrono::days>(now);
  const auto time = now - today;
  const auto on = [&](sys_days day) {
    const auto weekday = static_cast<Weekday>(std::chrono::weekday(day).c_encoding());
    return days.empty() || std::find(days.begin(), days.end(), weekday) != days.end();
  };
  if (from.since_midnight < to.since_midnight) {
    return on(today) && time >= from.since_midnight && time < to.since_midnight;
  }
  return (on(today) && time >= from.since_midnight) ||
         (on(today - std::chrono::days(1)) && time < to.since_midnight);
}

bool PolicyException::IsOverLong(sys_seconds now) const {
  return expires.end > floor<days>(now) + kLongestException + days(1);
}

bool PolicyException::InForce(sys_seconds now) const {
  return !HasExpired(now) && !IsOverLong(now) && (!window || window->Contains(now));
}

namespace {

// Lists and texts that say nothing although their keys are there.
void CheckFilled(const YamlNode& spec, YamlContext& context) {
  const YamlNode* const match = spec.Find("match");
  const auto list = [&](const YamlNode* map, const char* key, const char* why) {
    const YamlNode* const value = map == nullptr ? nullptr : map->Find(key);
    if (value != nullptr && value->kind == YamlKind::kSequence && value->items.empty()) {
      context.Error(*value, fmt::format("the empty list {} {}", key, why));
    }
  };
  list(&spec, "policies", "excuses from nothing");
  list(match, "namespaces", "excuses nobody");
  for (const char* const key : {"kinds", "names", "images", "containers", "users"}) {
    list(match, key, "restricts nothing; leave it out");
  }
  for (const char* const key : {"owner", "reason"}) {
    const YamlNode* const value = spec.Find(key);
    if (value != nullptr && value->kind == YamlKind::kScalar && value->text.empty()) {
      context.Error(*value, fmt::format("{} is empty", key));
    }
  }
}

void CheckWindow(const YamlNode& node, const Window& window, YamlContext& context) {
  const YamlNode* const list = node.Find("days");
  if (list != nullptr && list->kind == YamlKind::kSequence && list->items.empty()) {
    context.Error(*list, "the empty list days names no day; leave it out for every day");
  }
  if (window.from.since_midnight == window.to.since_midnight) {
    context.Error(node, "this window ends when it begins");
  }
  if (window.from.since_midnight == std::chrono::hours(24)) {
    context.Error(*node.Find("from"), "a window begins at 23:59 at the latest");
  }
}

// The policies that are named and known; the others are told.
std::vector<const Policy*> FindPolicies(const YamlNode& spec, std::span<const Policy> policies,
                                        YamlContext& context) {
  std::vector<const Policy*> found;
  std::vector<std::string> names;
  for (const Policy& policy : policies) names.push_back(policy.name);
  for (const YamlNode* const item : TextsOf(spec, "policies")) {
    const auto policy = std::find_if(policies.begin(), policies.end(),
                                     [&](const Policy& p) { return p.name == item->text; });
    if (policy == policies.end()) {
      UnknownWord(*item, "policy", names, context);
    } else {
      found.push_back(&*policy);
    }
  }
  return found;
}

void CheckKinds(const YamlNode& match, const std::vector<const Policy*>& policies,
                std::span<const CheckKind> checks, YamlContext& context) {
  std::vector<std::string> readable;
  for (const Policy* const policy : policies) {
    for (const CheckKind& check : checks) {
      if (check.id != policy->check_id) continue;
      for (std::string& kind : KindsRead(check.reads)) {
        if (std::find(readable.begin(), readable.end(), kind) == readable.end()) {
          readable.push_back(std::move(kind));
        }
      }
    }
  }
  for (const YamlNode* const kind : TextsOf(match, "kinds")) {
    if (std::find(readable.begin(), readable.end(), kind->text) == readable.end()) {
      UnknownWord(*kind, "kind for these policies:", readable, context);
    }
  }
}

bool LooksAt(const Policy& policy, const std::string& name_space) {
  return (policy.match.namespaces.empty() || AnyMatches(policy.match.namespaces, name_space)) &&
         !AnyIs(policy.match.exclude_namespaces, name_space);
}

// An exception where none is needed will be forgotten, and excuse something else one day.
void WarnOfNeedless(const YamlNode& match, const std::vector<const Policy*>& policies,
                    YamlContext& context) {
  for (const YamlNode* const item : TextsOf(match, "namespaces")) {
    const bool needed = std::any_of(policies.begin(), policies.end(),
                                    [&](const Policy* p) { return LooksAt(*p, item->text); });
    if (needed) continue;
    context.Warning(*item, fmt::format("none of these policies looks at namespace {}; this entry "
                                       "excuses nothing",
                                       Quote(item->text, 64)));
  }
}

}  // namespace

PolicyException ReadException(const Document& document, std::span<const Policy> policies,
                              std::span<const CheckKind> checks, YamlContext& context) {
  const YamlNode& spec = *document.spec;
  PolicyException exception;
  const std::size_t errors = context.errors();
  ReadValue(spec, exception, context);
  exception.name = document.name;
  exception.location = context.At(document.name_node ? *document.name_node : spec);
  CheckFilled(spec, context);
  if (const YamlNode* const expires = spec.Find("expires")) {
    exception.expires_location = context.At(*expires);
  }
  if (exception.window) CheckWindow(*spec.Find("window"), *exception.window, context);
  const std::vector<const Policy*> found = FindPolicies(spec, policies, context);
  const YamlNode* const match = spec.Find("match");
  if (match == nullptr) return exception;
  CheckNamespaceNames(*match, "namespaces", context);
  if (!found.empty()) CheckKinds(*match, found, checks, context);
  if (context.errors() == errors) WarnOfNeedless(*match, found, context);
  return exception;
}

}  // namespace tidewaiter
