#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "webhook/base/text.h"
#include "webhook/cli/summary_view.h"

namespace tidewaiter {
namespace {

using Row = SummaryTable::Row;

constexpr std::size_t kWidestName = 56;
constexpr std::uint64_t kBar = 20;

// "1,234,567"
std::string Number(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string Heading(std::string_view key) {
  if (key == "wouldBeDenied") return "would be";
  return key == "unchanged" ? "old" : std::string(key);
}

std::string Name(const std::string& name) { return name.empty() ? "(none)" : PrintableText(name); }

// Characters, not bytes. Names in Kubernetes are ASCII; only users may be more.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string Left(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, Width(text)), ' ');
}

std::string Right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, Width(text)), ' ') + text;
}

std::string Period(const Summary& sum) {
  return fmt::format("{} {} to {} {} UTC", sum.first.substr(0, 10), sum.first.substr(11, 8),
                     sum.last.substr(0, 10), sum.last.substr(11, 8));
}

// The sentences above the tables.
std::vector<std::string> Sentences(const SummaryView& view) {
  const Summary& sum = view.summary;
  if (sum.total.decisions == 0) return {"No decisions."};
  std::vector<std::string> lines = {
      fmt::format("{} {}, {}", Number(sum.total.decisions),
                  sum.total.decisions == 1 ? "decision" : "decisions", Period(sum)),
      fmt::format("{} denied, {} would have been denied, {} warned", Number(sum.total.denied),
                  Number(sum.total.would_be_denied), Number(sum.warned))};
  const auto more = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) lines.push_back(fmt::format("{} {}", Number(count), what));
  };
  more(sum.errors, "without a verdict: the request was malformed, or judging it failed");
  more(sum.dry_runs, "in a dry run: judged, but nothing came of it");
  more(sum.unchanged, "with an old violation, which the object had before: told, never refused");
  more(sum.excused, "with a violation that an exception excused");
  more(sum.truncated, "on a line too long for all findings and images: tables may miss some");
  return lines;
}

class Painter {
 public:
  explicit Painter(bool on) : on_(on) {}
  std::string Bold(const std::string& text) const { return Paint("1", text); }
  std::string Dim(const std::string& text) const { return Paint("2", text); }
  std::string Red(const std::string& text) const { return Paint("31", text); }
  std::string Yellow(const std::string& text) const { return Paint("33", text); }

 private:
  std::string Paint(std::string_view code, const std::string& text) const {
    return on_ && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
  }
  bool on_;
};

// What was denied is full, what would have been is light.
std::string Bar(const Row& row, std::uint64_t most, const Painter& paint) {
  if (most == 0) return "";
  const std::uint64_t refused = row.numbers[0] + row.numbers[1];
  const std::uint64_t length = refused == 0 ? 0 : std::max<std::uint64_t>(1, refused * kBar / most);
  const std::uint64_t full = refused == 0 ? 0 : (row.numbers[0] * length + refused - 1) / refused;
  std::string denied;
  std::string would;
  for (std::uint64_t i = 0; i < length; ++i) (i < full ? denied : would) += i < full ? "█" : "░";
  return paint.Red(denied) + paint.Yellow(would);
}

void AppendTable(const SummaryTable& table, const Painter& paint, std::string& text) {
  if (table.rows.empty()) return;
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.headings.size(); ++i) {
    std::size_t width = i == 0 ? table.title.size() : table.headings[i].size();
    for (const Row& row : table.rows) width = std::max(width, Width(Name(row.names[i])));
    widths.push_back(std::min(width, kWidestName));
  }
  std::vector<std::size_t> number_widths;
  for (std::size_t i = 0; i < table.numbers.size(); ++i) {
    std::size_t width = std::max<std::size_t>(Heading(table.numbers[i]).size(), 7);
    for (const Row& row : table.rows) width = std::max(width, Number(row.numbers[i]).size());
    number_widths.push_back(width);
  }
  std::uint64_t most = 0;
  for (const Row& row : table.rows) most = std::max(most, row.numbers[0] + row.numbers[1]);

  text += "\n" + paint.Bold(Left(table.title, widths[0]));
  for (std::size_t i = 1; i < widths.size(); ++i) text += "  " + std::string(widths[i], ' ');
  for (std::size_t i = 0; i < table.numbers.size(); ++i) {
    text += "  " + paint.Dim(Right(Heading(table.numbers[i]), number_widths[i]));
  }
  text += "\n";
  for (const Row& row : table.rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      text += (i == 0 ? "" : "  ") + Left(CutToRunes(Name(row.names[i]), kWidestName), widths[i]);
    }
    for (std::size_t i = 0; i < row.numbers.size(); ++i) {
      const std::string number = Right(Number(row.numbers[i]), number_widths[i]);
      text += "  " + (row.numbers[i] == 0 ? paint.Dim(number) : number);
    }
    const std::string bar = Bar(row, most, paint);
    text += (bar.empty() ? "" : "  " + bar) + "\n";
  }
  if (table.left_out > 0) {
    text +=
        paint.Dim(fmt::format("and {} more (--top 0 shows all)", Number(table.left_out))) + "\n";
  }
}

std::string MarkdownCell(const std::string& text) {
  std::string out;
  for (const char c : Name(text)) {
    if (std::string_view("|`*_[]<>\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

void AppendMarkdownTable(const SummaryTable& table, std::string& text) {
  if (table.rows.empty()) return;
  text += fmt::format("\n### {}\n\n|", table.title);
  std::string rule = "|";
  for (const std::string& heading : table.headings) {
    text += fmt::format(" {} |", heading);
    rule += " --- |";
  }
  for (const std::string& number : table.numbers) {
    text += fmt::format(" {} |", number == "wouldBeDenied" ? "would be denied" : Heading(number));
    rule += " ---: |";
  }
  text += "\n" + rule + "\n";
  for (const Row& row : table.rows) {
    text += "|";
    for (const std::string& name : row.names) text += fmt::format(" {} |", MarkdownCell(name));
    for (const std::uint64_t number : row.numbers) text += fmt::format(" {} |", Number(number));
    text += "\n";
  }
  if (table.left_out > 0) text += fmt::format("\nand {} more\n", Number(table.left_out));
}

// The exceptions, as lines that begin with "- " in Markdown.
std::string Exceptions(const SummaryView& view, std::string_view heading, std::string_view bullet) {
  std::string text;
  const auto& used = view.summary.exceptions;
  if (!used.empty())
    text += fmt::format("\n{}Exceptions in use\n{}", heading, bullet.empty() ? "" : "\n");
  std::size_t width = 0;
  for (const auto& [name, tally] : used) width = std::max(width, name.size());
  for (const auto& [name, tally] : used) {
    text += fmt::format(
        "{}{}  {}, last {}\n", bullet, Left(PrintableText(name), bullet.empty() ? width : 0),
        tally.decisions == 1 ? "1 decision" : Number(tally.decisions) + " decisions",
        tally.last.substr(0, 10));
  }
  if (!view.unused_exceptions.empty()) {
    text += fmt::format("\n{}Exceptions never used\n{}", heading, bullet.empty() ? "" : "\n");
  } else if (view.know_exceptions) {
    text += "\nEvery exception was used.\n";
  }
  for (const std::string& name : view.unused_exceptions) {
    text += fmt::format("{}{}\n", bullet, PrintableText(name));
  }
  return text;
}

}  // namespace

std::string SummaryAsText(const SummaryView& view, bool color) {
  const Painter paint(color);
  std::string text;
  for (const std::string& line : Sentences(view)) {
    text += (text.empty() ? paint.Bold(line) : line) + "\n";
  }
  for (const SummaryTable& table : SummaryTables(view)) AppendTable(table, paint, text);
  return text + Exceptions(view, "", "");
}

std::string SummaryAsMarkdown(const SummaryView& view) {
  std::string text = "## Decisions of Tidewaiter\n\n";
  for (const std::string& line : Sentences(view)) text += "- " + line + "\n";
  for (const SummaryTable& table : SummaryTables(view)) AppendMarkdownTable(table, text);
  return text + Exceptions(view, "### ", "- ");
}

}  // namespace tidewaiter
