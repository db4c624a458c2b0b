#include "webhook/cli/report/junit_xml.h"

#include <fmt/core.h>

#include <cstddef>

#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

// One line of text in XML 1.0. U+FFFE and U+FFFF are no characters of it either.
std::string Escaped(std::string_view text) {
  std::string out;
  const std::string printable = PrintableText(text);
  for (std::string_view rest = printable; !rest.empty(); rest.remove_prefix(1)) {
    switch (rest[0]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (rest.starts_with("\xef\xbf\xbe") || rest.starts_with("\xef\xbf\xbf")) {
          out += "\xef\xbf\xbd";
          rest.remove_prefix(2);
        } else {
          out += rest[0];
        }
    }
  }
  return out;
}

std::string Escaped(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += Escaped(line) + "\n";
  return out;
}

std::string Problem(const char* element, const std::optional<JunitProblem>& problem) {
  if (!problem) return "";
  return fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", element,
                     Escaped(problem->type), Escaped(problem->message), Escaped(problem->lines));
}

std::string Case(const JunitCase& one) {
  std::string text = fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\"",
                                 Escaped(one.class_name), Escaped(one.name), Escaped(one.file));
  if (one.line > 0) text += fmt::format(" line=\"{}\"", one.line);
  text += ">\n" + Problem("error", one.error) + Problem("failure", one.failure);
  if (!one.output.empty()) {
    text += fmt::format("      <system-out>{}</system-out>\n", Escaped(one.output));
  }
  return text + "    </testcase>\n";
}

struct Counts {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;

  void Add(const JunitCase& one) {
    ++tests;
    failures += one.failure ? 1 : 0;
    errors += one.error ? 1 : 0;
  }
  std::string ToString() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, failures, errors);
  }
};

}  // namespace

JunitProblem InputProblem(const Diagnostics& diagnostics) {
  JunitProblem problem{"input", "", {}};
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    const std::string place = FormatLocation(diagnostic.location);
    problem.lines.push_back(place + (place.empty() ? "" : ": ") + diagnostic.message);
    if (problem.message.empty()) problem.message = diagnostic.message;
  }
  return problem;
}

std::string JunitXml(const std::vector<JunitSuite>& suites) {
  Counts all;
  std::string text;
  for (const JunitSuite& suite : suites) {
    Counts counts;
    std::string cases;
    for (const JunitCase& one : suite.cases) {
      counts.Add(one);
      all.Add(one);
      cases += Case(one);
    }
    text += fmt::format("  <testsuite name=\"{}\" {}>\n{}  </testsuite>\n", Escaped(suite.name),
                        counts.ToString(), cases);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"tidewaiter\" {}>\n{}</testsuites>\n",
      all.ToString(), text);
}

}  // namespace tidewaiter
