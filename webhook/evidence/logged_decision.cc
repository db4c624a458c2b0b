#include "webhook/evidence/logged_decision.h"

#include <fmt/core.h>

#include <algorithm>
#include <span>

#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

constexpr std::string_view kSchema = "tidewaiter.io/decision/v1alpha1";

template <class T>
struct Member {
  std::string_view key;
  std::string_view T::*text = nullptr;
  bool T::*flag = nullptr;
};

bool WrongType(JsonValue value, std::string_view wanted, std::string& error) {
  error = fmt::format("{} must be {}, not {}", Quote(value.key(), 64), wanted,
                      JsonTypeName(value.type()));
  return false;
}

bool ReadText(JsonValue value, std::string_view& out, std::string& error) {
  if (value.IsNullOrAbsent()) return true;
  if (value.type() != JsonType::kString) return WrongType(value, "a string", error);
  out = value.text();
  return true;
}

// Reads `value` if a row of the table is for it; false only on an error.
template <class T>
bool ReadByTable(JsonValue value, std::span<const Member<T>> table, T& out, std::string& error) {
  const std::string_view key = value.key();
  const auto row = std::find_if(table.begin(), table.end(),
                                [&](const Member<T>& member) { return member.key == key; });
  if (row == table.end()) return true;
  if (row->text != nullptr) return ReadText(value, out.*row->text, error);
  const std::optional<bool> flag = value.AsBool();
  if (!flag) return WrongType(value, "true or false", error);
  out.*row->flag = *flag;
  return true;
}

template <class T>
bool ReadObject(JsonValue object, std::span<const Member<T>> table, T& out, std::string& error) {
  if (object.type() != JsonType::kObject) return WrongType(object, "an object", error);
  for (const JsonValue value : object) {
    if (!ReadByTable(value, table, out, error)) return false;
  }
  return true;
}

bool IsAction(std::string_view text) {
  return text == "deny" || text == "warn" || text == "audit" || text == "allow";
}

bool ReadFindings(JsonValue list, std::vector<LoggedFinding>& findings, std::string& error) {
  static constexpr Member<LoggedFinding> kMembers[] = {
      {"policy", &LoggedFinding::policy},
      {"action", &LoggedFinding::action},
      {"would", &LoggedFinding::would},
      {"container", &LoggedFinding::container},
      {"image", &LoggedFinding::image},
      {"exception", &LoggedFinding::exception},
      {"unchanged", nullptr, &LoggedFinding::unchanged},
  };
  if (list.type() != JsonType::kArray) return WrongType(list, "an array", error);
  for (const JsonValue value : list) {
    LoggedFinding& finding = findings.emplace_back();
    if (!ReadObject<LoggedFinding>(value, kMembers, finding, error)) return false;
    if (finding.policy.empty() || !IsAction(finding.action) || !IsAction(finding.would)) {
      error = "a finding needs policy, action and would";
      return false;
    }
  }
  return true;
}

bool ReadImages(JsonValue list, std::vector<std::string_view>& images, std::string& error) {
  if (list.type() != JsonType::kArray) return WrongType(list, "an array", error);
  for (const JsonValue value : list) {
    if (!ReadText(value, images.emplace_back(), error)) return false;
  }
  return true;
}

// The text of one member of an object: kind.kind, user.username.
bool ReadInner(JsonValue object, std::string_view key, std::string_view& out, std::string& error) {
  if (object.type() != JsonType::kObject) return WrongType(object, "an object", error);
  return ReadText(object.Find(key), out, error);
}

bool ReadMember(JsonValue value, LoggedDecision& decision, std::string& error) {
  static constexpr Member<LoggedDecision> kMembers[] = {
      {"time", &LoggedDecision::time},
      {"operation", &LoggedDecision::operation},
      {"namespace", &LoggedDecision::name_space},
      {"name", &LoggedDecision::name},
      {"would", &LoggedDecision::would},
      {"error", &LoggedDecision::error},
      {"dryRun", nullptr, &LoggedDecision::dry_run},
      {"allowed", nullptr, &LoggedDecision::allowed},
      {"truncated", nullptr, &LoggedDecision::truncated},
  };
  static constexpr Member<LoggedOwner> kOwner[] = {{"kind", &LoggedOwner::kind},
                                                   {"name", &LoggedOwner::name}};
  const std::string_view key = value.key();
  if (key == "findings") return ReadFindings(value, decision.findings, error);
  if (key == "images") return ReadImages(value, decision.images, error);
  if (key == "kind") return ReadInner(value, "kind", decision.kind, error);
  if (key == "resource") return ReadInner(value, "resource", decision.resource, error);
  if (key == "user") return ReadInner(value, "username", decision.user, error);
  if (key == "owner") return ReadObject<LoggedOwner>(value, kOwner, decision.owner, error);
  return ReadByTable<LoggedDecision>(value, kMembers, decision, error);
}

// "2026-11-21T18:56:40.218334Z"
bool IsTime(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00.000000Z";
  return std::equal(text.begin(), text.end(), kShape.begin(), kShape.end(), [](char c, char shape) {
    return shape == '0' ? c >= '0' && c <= '9' : c == shape;
  });
}

// Empties it, but keeps the memory of its lists.
void Clear(LoggedDecision& decision) {
  std::vector<LoggedFinding> findings = std::move(decision.findings);
  std::vector<std::string_view> images = std::move(decision.images);
  findings.clear();
  images.clear();
  decision = {};
  decision.findings = std::move(findings);
  decision.images = std::move(images);
}

}  // namespace

LogLine ReadDecision(JsonValue root, LoggedDecision& decision, std::string& error) {
  Clear(decision);
  if (!root.exists() || root.type() != JsonType::kObject) {
    error = "not a JSON object";
    return LogLine::kMalformed;
  }
  const std::string_view schema = root.Find("schema").text();
  if (!schema.starts_with("tidewaiter.io/decision/")) return LogLine::kOther;
  if (schema != kSchema) {
    error = fmt::format("schema {} is unknown; this program reads {}", Quote(schema, 64), kSchema);
    return LogLine::kMalformed;
  }
  for (const JsonValue value : root) {
    if (!ReadMember(value, decision, error)) return LogLine::kMalformed;
  }
  if (!IsTime(decision.time) || !IsAction(decision.would) || !root.Find("allowed").exists()) {
    error = "a decision needs time, allowed and would";
    return LogLine::kMalformed;
  }
  return LogLine::kDecision;
}

std::string_view JsonOfLine(std::string_view line) {
  const std::size_t start = line.find('{');
  return start == std::string_view::npos ? line : line.substr(start);
}

}  // namespace tidewaiter
