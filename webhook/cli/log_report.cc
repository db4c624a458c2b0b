#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>

#include "webhook/base/clock.h"
#include "webhook/base/json.h"
#include "webhook/base/lines.h"
#include "webhook/base/text.h"
#include "webhook/base/yaml.h"
#include "webhook/cli/command.h"
#include "webhook/cli/progress.h"
#include "webhook/cli/result.h"
#include "webhook/cli/summary_view.h"
#include "webhook/evidence/exception_draft.h"
#include "webhook/evidence/logged_decision.h"
#include "webhook/evidence/summary.h"
#include "webhook/policy/loader.h"

namespace tidewaiter {
namespace {

struct Options {
  std::vector<std::string> files;
  std::string since;
  std::string until;
  SummaryFilter filter;
  std::vector<std::string> policies;
  std::optional<std::size_t> top;
  bool exceptions = false;
  std::string output = "text";
  bool no_color = false;
};

// The decision log's files, read one after the other.
class Reading {
 public:
  explicit Reading(const Options& options) : options_(options), summarizer_(options.filter) {}

  void ReadAll() {
    {
      Progress progress(SizeOf(options_.files) / kUnit, "MiB");
      for (const std::string& path : options_.files) ReadFile(path, progress);
    }
    if (malformed_ > kMostTold) {
      fmt::print(stderr, "tidewaiter: and {} more malformed lines\n", malformed_ - kMostTold);
    }
  }

  // Whether a file could not be read to its end, or none of the lines was a log's.
  bool failed() const { return failed_ || (lines_ > 0 && malformed_ == lines_); }
  SummaryView View() const { return {summarizer_.summary(), lines_, other_, malformed_}; }
  const ExceptionDrafts& drafts() const { return drafts_; }

 private:
  static constexpr std::uint64_t kMostTold = 5;
  static constexpr std::uint64_t kUnit = 1 << 20;  // of the progress bar

  // 0 if any of them has no size that could be known.
  static std::uint64_t SizeOf(const std::vector<std::string>& files) {
    std::uint64_t total = 0;
    for (const std::string& path : files) {
      struct stat status {};
      const int result =
          path == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status);
      if (result == 0 && !S_ISREG(status.st_mode)) return 0;
      if (result == 0) total += static_cast<std::uint64_t>(status.st_size);
    }
    return total;
  }

  void Tell(const std::string& message) { fmt::print(stderr, "tidewaiter: {}\n", message); }

  void ReadFile(const std::string& path, Progress& progress) {
    std::string error;
    const std::unique_ptr<LineReader> reader = LineReader::Open(path, error);
    if (!reader) {
      failed_ = true;
      return Tell(error);
    }
    const std::string name = path == "-" ? "<stdin>" : path;
    std::uint64_t number = 0;
    std::uint64_t position = 0;
    for (std::string_view line; reader->Next(line);) {
      ReadLine(line, name, ++number);
      if (number % 1024 == 0) Advance(*reader, position, progress);
    }
    Advance(*reader, position, progress);
    if (!reader->error().empty()) {
      failed_ = true;
      Tell(reader->error());
    }
  }

  static void Advance(const LineReader& reader, std::uint64_t& position, Progress& progress) {
    const std::uint64_t now = reader.position();
    progress.Advance(now / kUnit - position / kUnit);
    position = now;
  }

  void ReadLine(std::string_view line, const std::string& file, std::uint64_t number) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    ++lines_;
    std::optional<JsonError> broken;
    const JsonDocument document(std::string(JsonOfLine(line)), JsonLimits(), &broken);
    std::string error;
    const LogLine kind =
        broken ? LogLine::kMalformed : ReadDecision(document.root(), decision_, error);
    if (kind == LogLine::kDecision) {
      summarizer_.Add(decision_, [this](const FilteredDecision& filtered) {
        if (options_.exceptions) drafts_.Add(filtered);
      });
    }
    other_ += kind == LogLine::kOther;
    if (kind != LogLine::kMalformed || ++malformed_ > kMostTold) return;
    fmt::print(stderr, "{}:{}: malformed line: {}\n", file, number,
               broken ? broken->message : error);
  }

  const Options& options_;
  Summarizer summarizer_;
  ExceptionDrafts drafts_;
  LoggedDecision decision_;
  std::uint64_t lines_ = 0;
  std::uint64_t other_ = 0;
  std::uint64_t malformed_ = 0;
  bool failed_ = false;
};

// A day or a time, as the log writes times. `days` is what a bare date has added.
bool ReadTime(std::string_view flag, const std::string& text, std::chrono::days days,
              std::string& out) {
  if (text.empty()) return true;
  std::optional<std::chrono::sys_seconds> time = ParseTime(text);
  if (const auto date = ParseDate(text)) time = *date + days;
  if (!time) {
    fmt::print(stderr,
               "tidewaiter: {}: {} is neither a date (2026-11-21) nor a time "
               "(2026-11-21T18:00:00Z)\n",
               flag, Quote(text, 64));
    return false;
  }
  out = FormatTime(*time);
  return true;
}

// The names of the exceptions in the policy files; nothing if the files cannot be read.
std::optional<std::vector<std::string>> ExceptionNames(const std::vector<std::string>& paths) {
  Diagnostics diagnostics;
  std::vector<std::string> names;
  const auto files = ReadPolicyFiles(paths, diagnostics);
  for (const SourceFile& file : files.value_or(std::vector<SourceFile>())) {
    diagnostics.AddSource(file.name, file.text);
    const auto documents = ParseYaml(file.name, file.text, YamlDialect::kPolicy, diagnostics);
    for (const YamlNode& document : documents.value_or(std::vector<YamlNode>())) {
      const YamlNode* const kind = document.Find("kind");
      const YamlNode* const metadata = document.Find("metadata");
      const YamlNode* const name = metadata == nullptr ? nullptr : metadata->Find("name");
      if (kind == nullptr || kind->text != "PolicyException" || name == nullptr) continue;
      names.push_back(name->text);
    }
  }
  fmt::print(stderr, "{}", diagnostics.Render());
  if (!files || diagnostics.HasErrors()) return std::nullopt;
  return names;
}

std::string Text(const Options& options, SummaryView view,
                 const std::vector<std::string>& exceptions) {
  for (const std::string& name : exceptions) {
    if (!view.summary.exceptions.contains(name)) view.unused_exceptions.push_back(name);
  }
  view.know_exceptions = !options.policies.empty();
  view.top = options.top.value_or(options.output == "json" ? 0 : 10);
  if (options.output == "json") return SummaryAsJson(view);
  if (options.output == "markdown") return SummaryAsMarkdown(view);
  const bool color =
      !options.no_color && std::getenv("NO_COLOR") == nullptr && ::isatty(STDOUT_FILENO) == 1;
  return SummaryAsText(view, color);
}

int Run(Options options) {
  if (!ReadTime("--since", options.since, std::chrono::days(0), options.filter.since) ||
      !ReadTime("--until", options.until, std::chrono::days(1), options.filter.until)) {
    return kUsage;
  }
  const auto exceptions = ExceptionNames(options.policies);
  if (!exceptions) return kUsage;
  Reading reading(options);
  reading.ReadAll();
  const SummaryView view = reading.View();
  if (reading.failed() && view.lines == 0) return kUsage;
  std::string error;
  if (!WriteResult(options.exceptions ? reading.drafts().Render(options.top.value_or(0))
                                      : Text(options, view, *exceptions),
                   "", error)) {
    fmt::print(stderr, "tidewaiter: {}\n", error);
    return kUsage;
  }
  if (view.malformed_lines > 0) {
    fmt::print(stderr, "{} of {} lines malformed: not everything was counted\n",
               view.malformed_lines, view.lines);
  }
  return reading.failed() ? kUsage : kClean;
}

}  // namespace

Command AddReport(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("files", options->files,
                 "Files of the decision log, also as gzip made them, or - for standard input")
      ->type_name("FILE")
      ->required();
  app.add_option("--since", options->since, "From this time on: RFC 3339, or a date (UTC)")
      ->type_name("TIME")
      ->envname("TIDEWAITER_SINCE");
  app.add_option("--until", options->until, "Before this time, or to the end of this date (UTC)")
      ->type_name("TIME")
      ->envname("TIDEWAITER_UNTIL");
  app.add_option("--policy", options->filter.policies, "Only findings of this policy (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--namespace,-n", options->filter.namespaces, "Only this namespace (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->envname("TIDEWAITER_NAMESPACE");
  app.add_option("--top", options->top,
                 "Rows of each table; 0 is all (default: 10, all as JSON or exceptions)")
      ->type_name("N");
  app.add_option(
         "--policies", options->policies,
         "Policy file or folder: tells which of its exceptions were never used (repeatable)")
      ->type_name("PATH")
      ->allow_extra_args(false)
      ->envname("TIDEWAITER_POLICIES");
  CLI::Option* const output =
      app.add_option("--output,-o", options->output, "text, json or markdown")
          ->check(CLI::IsMember({"text", "json", "markdown"}))
          ->envname("TIDEWAITER_OUTPUT")
          ->capture_default_str();
  app.add_flag(
         "--exceptions", options->exceptions,
         "Print a PolicyException for each workload that was refused, to fill in, and nothing "
         "else")
      ->excludes(output);
  app.add_flag("--no-color", options->no_color, "No colours")->envname("TIDEWAITER_NO_COLOR");
  app.footer(
      "Examples:\n"
      "  tidewaiter report decisions.jsonl decisions.jsonl.1.gz\n"
      "  kubectl logs -n tidewaiter deploy/tidewaiter | tidewaiter report -\n"
      "  tidewaiter report decisions.jsonl --since 2026-11-01 -n shop -o markdown\n"
      "  tidewaiter report decisions.jsonl -n shop --exceptions >exceptions.yaml");
  return [options] { return Run(*options); };
}

}  // namespace tidewaiter
