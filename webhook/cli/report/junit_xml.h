#pragma once

#include <optional>
#include <string>
#include <vector>

#include "webhook/base/diagnostic.h"

// JUnit's XML as CI systems read it, whatever the cases are. Texts may hold anything: what XML 1.0
// has no way to write is shown as PrintableText shows it.
namespace tidewaiter {

struct JunitProblem {
  std::string type;
  std::string message;  // in one line
  std::vector<std::string> lines;
};

struct JunitCase {
  std::string class_name;
  std::string name;
  std::string file;
  int line = 0;                         // 0: not known
  std::optional<JunitProblem> error;    // it could not be tried
  std::optional<JunitProblem> failure;  // it was tried, and failed
  std::vector<std::string> output;
};

struct JunitSuite {
  std::string name;
  std::vector<JunitCase> cases;
};

// The error of a case whose input has these mistakes.
JunitProblem InputProblem(const Diagnostics& diagnostics);

// The document, with the counts of its suites and of all.
std::string JunitXml(const std::vector<JunitSuite>& suites);

}  // namespace tidewaiter
