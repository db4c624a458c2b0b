#include "webhook/base/diagnostic.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

constexpr std::size_t kSnippetWidth = 160;

std::string_view LineOf(std::string_view text, int line) {
  std::size_t begin = 0;
  for (int i = 1; i < line; ++i) {
    begin = text.find('\n', begin);
    if (begin == std::string_view::npos) return {};
    ++begin;
  }
  std::string_view rest = text.substr(begin);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

}  // namespace

void Diagnostics::Error(SourceLocation location, std::string message) {
  Add({DiagnosticSeverity::kError, std::move(location), "", std::move(message)});
}

void Diagnostics::FieldError(std::string field, std::string message) {
  Add({DiagnosticSeverity::kError, {}, std::move(field), std::move(message)});
}

void Diagnostics::Warning(SourceLocation location, std::string message) {
  Add({DiagnosticSeverity::kWarning, std::move(location), "", std::move(message)});
}

void Diagnostics::AddSource(std::string file, std::string text) {
  sources_.push_back({std::move(file), std::move(text)});
}

void Diagnostics::Add(Diagnostic diagnostic) {
  if (diagnostic.severity == DiagnosticSeverity::kError) ++errors_;
  all_.push_back(std::move(diagnostic));
}

std::string Diagnostics::Summary() const {
  std::string out;
  for (const Diagnostic& diagnostic : all_) {
    if (diagnostic.severity != DiagnosticSeverity::kError) continue;
    if (!out.empty()) out += "; ";
    if (!diagnostic.field.empty()) out += diagnostic.field + ": ";
    out += diagnostic.message;
  }
  return out;
}

std::size_t Diagnostics::SourceRank(const std::string& file) const {
  const auto found = std::find_if(sources_.begin(), sources_.end(),
                                  [&](const Source& source) { return source.file == file; });
  return static_cast<std::size_t>(found - sources_.begin());
}

void Diagnostics::Sort() {
  std::stable_sort(all_.begin(), all_.end(), [this](const Diagnostic& a, const Diagnostic& b) {
    return std::tuple(SourceRank(a.location.file), a.location.line, a.location.column) <
           std::tuple(SourceRank(b.location.file), b.location.line, b.location.column);
  });
}

std::string Diagnostics::Render() const {
  std::string out;
  for (const Diagnostic& diagnostic : all_) {
    const std::string where = FormatLocation(diagnostic.location);
    out += fmt::format("{}{}{}: {}{}{}\n", where, where.empty() ? "" : ": ",
                       diagnostic.severity == DiagnosticSeverity::kError ? "error" : "warning",
                       diagnostic.field, diagnostic.field.empty() ? "" : ": ", diagnostic.message);
    const std::size_t rank = SourceRank(diagnostic.location.file);
    if (rank < sources_.size()) out += RenderSnippet(sources_[rank].text, diagnostic.location);
  }
  return out;
}

SourceLocation LocateOffset(std::string file, std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto newlines = std::count(before.begin(), before.end(), '\n');
  const std::size_t last = before.rfind('\n');
  const std::size_t column =
      last == std::string_view::npos ? before.size() : before.size() - last - 1;
  return {std::move(file), static_cast<int>(newlines) + 1, static_cast<int>(column) + 1};
}

std::string FormatLocation(const SourceLocation& location) {
  if (location.line == 0) return location.file;
  if (location.column == 0) return fmt::format("{}:{}", location.file, location.line);
  return fmt::format("{}:{}:{}", location.file, location.line, location.column);
}

std::string RenderSnippet(std::string_view text, const SourceLocation& location,
                          std::string_view note) {
  if (location.line < 1 || location.column < 1) return {};
  std::string_view line = LineOf(text, location.line);
  std::size_t caret = static_cast<std::size_t>(location.column) - 1;
  if (line.empty() || caret > line.size()) return {};
  if (caret >= kSnippetWidth) {
    const std::size_t cut = caret - kSnippetWidth / 2;
    line.remove_prefix(cut);
    caret -= cut;
  }
  line = line.substr(0, kSnippetWidth);
  // As wide as what stands before the caret: a tab is shown as \t, a rune is one column.
  std::string pad;
  for (const char c : line.substr(0, caret)) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) pad += c == '\t' ? "  " : " ";
  }
  return fmt::format("{:>6} | {}\n{:>6} | {}^{}{}\n", location.line, PrintableText(line), "", pad,
                     note.empty() ? "" : " ", note);
}

}  // namespace tidewaiter
