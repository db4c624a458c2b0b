#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "webhook/evidence/summary.h"

// A summary of the decision log, for people and for programs.
namespace tidewaiter {

struct SummaryView {
  const Summary& summary;
  std::uint64_t lines = 0;
  std::uint64_t other_lines = 0;  // of other logs
  std::uint64_t malformed_lines = 0;
  bool know_exceptions = false;  // --policies was given
  std::vector<std::string> unused_exceptions = {};
  std::size_t top = 0;  // rows of a table; 0: all
};

std::string SummaryAsText(const SummaryView& view, bool color);
std::string SummaryAsMarkdown(const SummaryView& view);
// One object, with the rows that have a refusal (of policies and days: all), and a line feed.
std::string SummaryAsJson(const SummaryView& view);

// What the tables show, in their order: most refusals first; days by date.
struct SummaryTable {
  struct Row {
    std::vector<std::string> names;      // as many as there are headings
    std::vector<std::uint64_t> numbers;  // as many as there are numbers
  };
  std::string title;                  // "By policy"
  std::string key;                    // its name in JSON: "policies"
  std::vector<std::string> headings;  // in JSON the names of members, too
  std::vector<std::string> numbers;   // "denied", "wouldBeDenied", ...
  std::vector<Row> rows;
  std::size_t left_out = 0;
};
std::vector<SummaryTable> SummaryTables(const SummaryView& view);

}  // namespace tidewaiter
