#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// A Diagnostic is one mistake in something that a person wrote: a policy file, a manifest, a
// request. Mistakes are data: they are collected, all of them, and printed together in file order.
namespace tidewaiter {

enum class DiagnosticSeverity { kError, kWarning };

// A place in a text. Line and column count from 1 (the column in bytes); 0 means "not known".
struct SourceLocation {
  std::string file;
  int line = 0;
  int column = 0;
};

struct Diagnostic {
  DiagnosticSeverity severity = DiagnosticSeverity::kError;
  SourceLocation location;
  std::string field;  // in a request: the path of the field, "spec.containers[0].image"; else empty
  std::string message;
};

// Collects diagnostics. Not for use by several threads at once.
class Diagnostics {
 public:
  void Error(SourceLocation location, std::string message);
  void Warning(SourceLocation location, std::string message);
  // A mistake in a request, which has no lines but has field paths.
  void FieldError(std::string field, std::string message);

  // Gives the text of a file, so that Render can show its lines. The text is copied.
  void AddSource(std::string file, std::string text);

  const std::vector<Diagnostic>& all() const { return all_; }
  bool HasErrors() const { return errors_ > 0; }
  std::size_t errors() const { return errors_; }

  // Brings the diagnostics into the order of files (as they were added), lines and columns.
  void Sort();

  // The messages of all errors on one line, with their fields: for an answer.
  std::string Summary() const;

  // As a compiler prints them, one after the other:
  //   policies/ports.yaml:14:14: error: unknown check "hostPort"; did you mean "hostPorts"?
  //      14 |   check: hostPort
  //         |          ^
  std::string Render() const;

 private:
  struct Source {
    std::string file;
    std::string text;
  };

  void Add(Diagnostic diagnostic);
  std::size_t SourceRank(const std::string& file) const;

  std::vector<Diagnostic> all_;
  std::vector<Source> sources_;
  std::size_t errors_ = 0;
};

// The line and column of a byte in a text. An offset past the end is the place after the last byte.
SourceLocation LocateOffset(std::string file, std::string_view text, std::size_t offset);

// "file:line:column", without the parts that are not known.
std::string FormatLocation(const SourceLocation& location);

// The line itself and a line with a caret below the column, and perhaps a note behind the caret;
// empty when the text has no such line. Lines of more than 160 bytes are cut around the column.
std::string RenderSnippet(std::string_view text, const SourceLocation& location,
                          std::string_view note = "");

}  // namespace tidewaiter
