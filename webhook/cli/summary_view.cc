#include "webhook/cli/summary_view.h"

#include <algorithm>

#include "webhook/base/json.h"
#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

using Row = SummaryTable::Row;

constexpr std::size_t kDenied = 0;
constexpr std::size_t kWouldBeDenied = 1;
const std::vector<std::string> kNumbers = {"denied", "wouldBeDenied", "decisions"};

Row RowOf(std::vector<std::string> names, const Tally& tally) {
  return {std::move(names), {tally.denied, tally.would_be_denied, tally.decisions}};
}

std::uint64_t Refused(const Row& row) { return row.numbers[kDenied] + row.numbers[kWouldBeDenied]; }

// The rows with refusals, most of them first.
void Rank(SummaryTable& table, std::size_t top) {
  std::stable_sort(table.rows.begin(), table.rows.end(),
                   [](const Row& a, const Row& b) { return Refused(a) > Refused(b); });
  if (top == 0 || table.rows.size() <= top) return;
  table.left_out = table.rows.size() - top;
  table.rows.resize(top);
}

SummaryTable TableOf(std::string title, std::string key, std::string heading,
                     const Summary::Groups<Tally>& groups, std::size_t top) {
  SummaryTable table{std::move(title), std::move(key), {std::move(heading)}, kNumbers, {}};
  for (const auto& [name, tally] : groups) {
    if (tally.refused() > 0) table.rows.push_back(RowOf({name}, tally));
  }
  Rank(table, top);
  return table;
}

SummaryTable PolicyTable(const SummaryView& view) {
  SummaryTable table{"By policy",
                     "policies",
                     {"policy"},
                     {"denied", "wouldBeDenied", "warned", "unchanged", "excused"},
                     {}};
  for (const auto& [name, tally] : view.summary.policies) {
    table.rows.push_back(
        {{name},
         {tally.denied, tally.would_be_denied, tally.warned, tally.unchanged, tally.excused}});
  }
  Rank(table, view.top);
  return table;
}

SummaryTable WorkloadTable(const SummaryView& view) {
  SummaryTable table{"By workload", "workloads", {"namespace", "workload"}, kNumbers, {}};
  for (const auto& [name, tally] : view.summary.workloads) {
    if (tally.refused() > 0) table.rows.push_back(RowOf({name.first, name.second}, tally));
  }
  Rank(table, view.top);
  return table;
}

SummaryTable DayTable(const SummaryView& view) {
  SummaryTable table{"By day (UTC)", "days", {"day"}, kNumbers, {}};
  for (const auto& [day, tally] : view.summary.days) table.rows.push_back(RowOf({day}, tally));
  if (view.top > 0 && table.rows.size() > view.top) {  // the last ones
    table.left_out = table.rows.size() - view.top;
    table.rows.erase(table.rows.begin(),
                     table.rows.begin() + static_cast<std::ptrdiff_t>(table.left_out));
  }
  return table;
}

void WriteNumber(std::string_view key, std::uint64_t value, JsonWriter& json) {
  json.Member(key, static_cast<std::int64_t>(value));
}

void WriteTable(const SummaryTable& table, JsonWriter& json) {
  json.Key(table.key);
  json.StartArray();
  for (const Row& row : table.rows) {
    json.StartObject();
    for (std::size_t i = 0; i < table.headings.size(); ++i) {
      json.Member(table.headings[i], row.names[i]);
    }
    for (std::size_t i = 0; i < table.numbers.size(); ++i) {
      WriteNumber(table.numbers[i], row.numbers[i], json);
    }
    json.EndObject();
  }
  json.EndArray();
}

void WriteExceptions(const SummaryView& view, JsonWriter& json) {
  json.Key("exceptions");
  json.StartArray();
  for (const auto& [name, tally] : view.summary.exceptions) {
    json.StartObject();
    json.Member("exception", name);
    WriteNumber("decisions", tally.decisions, json);
    json.Member("last", tally.last);
    json.EndObject();
  }
  json.EndArray();
  if (!view.know_exceptions) return;
  json.Key("unusedExceptions");
  json.StartArray();
  for (const std::string& name : view.unused_exceptions) json.String(name);
  json.EndArray();
}

}  // namespace

std::vector<SummaryTable> SummaryTables(const SummaryView& view) {
  const Summary& sum = view.summary;
  return {
      PolicyTable(view),
      TableOf("By namespace", "namespaces", "namespace", sum.namespaces, view.top),
      WorkloadTable(view),
      TableOf("By user", "users", "user", sum.users, view.top),
      TableOf("By image registry", "registries", "registry", sum.registries, view.top),
      DayTable(view),
  };
}

std::string SummaryAsJson(const SummaryView& view) {
  const Summary& sum = view.summary;
  JsonWriter json;
  json.StartObject();
  if (!sum.first.empty()) {
    json.Key("period");
    json.StartObject();
    json.Member("first", sum.first);
    json.Member("last", sum.last);
    json.EndObject();
  }
  WriteNumber("decisions", sum.total.decisions, json);
  WriteNumber("denied", sum.total.denied, json);
  WriteNumber("wouldBeDenied", sum.total.would_be_denied, json);
  WriteNumber("warned", sum.warned, json);
  WriteNumber("errors", sum.errors, json);
  WriteNumber("dryRuns", sum.dry_runs, json);
  WriteNumber("truncated", sum.truncated, json);
  WriteNumber("unchanged", sum.unchanged, json);
  WriteNumber("excused", sum.excused, json);
  json.Key("lines");
  json.StartObject();
  WriteNumber("read", view.lines, json);
  WriteNumber("other", view.other_lines, json);
  WriteNumber("malformed", view.malformed_lines, json);
  json.EndObject();
  for (const SummaryTable& table : SummaryTables(view)) WriteTable(table, json);
  WriteExceptions(view, json);
  json.EndObject();
  return std::string(json.text()) + "\n";
}

}  // namespace tidewaiter
