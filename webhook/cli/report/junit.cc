#include <fmt/core.h>

#include <algorithm>

#include "webhook/base/text.h"
#include "webhook/cli/report/report.h"

// A test suite for each file, a test case for each object. What fails the command fails the case;
// other findings are its output. A file that cannot be read is a case with an error.
namespace tidewaiter {
namespace {

// One line of text in XML 1.0, which has no way to write most control characters: they are shown as
// PrintableText shows them. U+FFFE and U+FFFF are no characters of XML either.
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

std::string Line(const ReportedFinding& found) {
  const Finding& finding = found.finding;
  return Escaped(fmt::format("{}: {}: {}: {}; {}", FormatLocation(found.location),
                             ActionName(finding.action), finding.policy->name,
                             finding.violation.message, AdviceOf(finding))) +
         "\n";
}

std::string Case(const Report& report, const ReportedFile& file, const ReportedObject& object) {
  std::string failures;
  std::string others;
  std::string first;
  std::size_t failed = 0;
  for (const ReportedFinding& found : object.findings) {
    if (!report.Fails(found.finding)) {
      others += Line(found);
      continue;
    }
    failures += Line(found);
    if (++failed == 1) {
      first = found.finding.policy->name + ": " + found.finding.violation.message;
    }
  }
  std::string text = fmt::format(
      "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\">\n", Escaped(file.name),
      Escaped(fmt::format("{} {}{}{}", object.kind, object.name_space,
                          object.name_space.empty() ? "" : "/", object.name)),
      Escaped(file.name), object.location.line);
  if (failed > 1) first += fmt::format(" (and {} more)", failed - 1);
  if (failed > 0) {
    text += fmt::format("      <failure type=\"policy\" message=\"{}\">{}</failure>\n",
                        Escaped(first), failures);
  }
  if (!others.empty()) text += fmt::format("      <system-out>{}</system-out>\n", others);
  return text + "    </testcase>\n";
}

std::string ErrorCase(const ReportedFile& file) {
  std::string lines;
  std::string first;
  for (const Diagnostic& diagnostic : file.diagnostics.all()) {
    const std::string place = FormatLocation(diagnostic.location);
    lines += Escaped(place + (place.empty() ? "" : ": ") + diagnostic.message) + "\n";
    if (first.empty()) first = diagnostic.message;
  }
  return fmt::format(
      "    <testcase classname=\"{0}\" name=\"can be judged\" file=\"{0}\">\n"
      "      <error type=\"input\" message=\"{1}\">{2}</error>\n"
      "    </testcase>\n",
      Escaped(file.name), Escaped(first), lines);
}

struct Counts {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;

  std::string ToString() const {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, failures, errors);
  }
};

Counts CountCases(const Report& report, const ReportedFile& file) {
  Counts counts;
  counts.errors = file.diagnostics.HasErrors() ? 1 : 0;
  counts.tests = file.objects.size() + counts.errors;
  for (const ReportedObject& object : file.objects) {
    const auto fails = [&](const ReportedFinding& found) { return report.Fails(found.finding); };
    counts.failures += std::any_of(object.findings.begin(), object.findings.end(), fails) ? 1 : 0;
  }
  return counts;
}

}  // namespace

std::string JunitReport(const Report& report) {
  Counts all;
  std::string suites;
  for (const ReportedFile& file : report.files) {
    const Counts counts = CountCases(report, file);
    all.tests += counts.tests;
    all.failures += counts.failures;
    all.errors += counts.errors;
    suites += fmt::format("  <testsuite name=\"{}\" {}>\n", Escaped(file.name), counts.ToString());
    if (counts.errors > 0) suites += ErrorCase(file);
    for (const ReportedObject& object : file.objects) suites += Case(report, file, object);
    suites += "  </testsuite>\n";
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"tidewaiter\" {}>\n{}</testsuites>\n",
      all.ToString(), suites);
}

}  // namespace tidewaiter
