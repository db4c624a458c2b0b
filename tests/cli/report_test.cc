// `tidewaiter report`, as a person runs it. The output for a small log stands in files, which
// UPDATE_TESTDATA=1 rewrites; for large ones a second program counts the same.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>

#include "webhook/base/json.h"

namespace tidewaiter {
namespace {

const std::string kFolder = std::string(TESTDATA) + "/report/";
const std::string kLog = kFolder + "decisions.jsonl";

// What a shell's command writes to stdout, and its exit code.
std::string Shell(const std::string& command, int want_code = 0) {
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  std::string output;
  std::array<char, 1 << 16> buffer;
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), n);
  }
  const int status = ::pclose(pipe);
  EXPECT_TRUE(WIFEXITED(status)) << command;
  EXPECT_EQ(WEXITSTATUS(status), want_code) << command << "\n" << output;
  return output;
}

std::string Report(const std::string& arguments, int want_code = 0) {
  return Shell("'" TIDEWAITER "' report " + arguments, want_code);
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void ExpectGolden(const std::string& name, const std::string& output) {
  const std::string path = kFolder + name;
  if (std::getenv("UPDATE_TESTDATA") != nullptr) std::ofstream(path, std::ios::binary) << output;
  EXPECT_EQ(output, Read(path)) << name;
}

std::string Temporary(const std::string& name) {
  return testing::TempDir() + "/report_test." + std::to_string(::getpid()) + "." + name;
}

TEST(Report, Golden) {
  const std::string policies = " --policies " + kFolder + "exceptions.yaml";
  ExpectGolden("report.txt", Report(kLog + policies));
  ExpectGolden("report.md", Report(kLog + policies + " -o markdown"));
  ExpectGolden("report.json", Report(kLog + policies + " -o json"));
  ExpectGolden("drafts.yaml", Report(kLog + " --exceptions"));
  ExpectGolden("filtered.txt", Report(kLog + " -n shop --policy privileged-containers --since "
                                             "2026-11-01T08:00:02Z --until 2026-11-03 --top 1"));
}

// Drafts are exceptions that lack only what a person must say.
TEST(Report, DraftsAreWhatLintAccepts) {
  const std::string policies = Temporary("policies.yaml");
  std::ofstream(policies) << "apiVersion: tidewaiter.io/v1alpha1\nkind: Policy\n"
                             "metadata: {name: exec-into-pods}\n"
                             "spec: {check: privileged, action: deny, severity: high}\n";
  const std::string drafts = Temporary("drafts.yaml");
  const std::string lint = "'" TIDEWAITER "' lint --strict '" TESTDATA
                           "/check/five-policies.yaml' " +
                           policies + " " + drafts;
  std::ofstream(drafts) << Report(kLog + " --exceptions");
  const std::string empty = Shell(lint + " | grep -o 'error: .*' | sort | uniq -c", 0);
  EXPECT_EQ(empty,
            "      3 error: expected a date (2027-03-31) or a time (2027-03-31T12:00:00Z), got "
            "\"\"\n      3 error: owner is empty\n      3 error: reason is empty\n");
  Shell(
      "sed -i 's/owner: \"\"/owner: me/; s/reason: \"\"/reason: a driver/; s/expires: "
      "\"\"/expires: '"
      "$(date -u -d '100 days' +%F)/ " +
      drafts);
  EXPECT_EQ(Shell(lint), "3 files: 0 errors, 0 warnings\n");
  ::unlink(policies.c_str());
  ::unlink(drafts.c_str());
}

TEST(Report, StandardInputAndGzipSayTheSame) {
  const std::string want = Report(kLog);
  EXPECT_EQ(Report("- <" + kLog), want);
  EXPECT_EQ(Shell("cat " + kLog + " | '" TIDEWAITER "' report -"), want);
  EXPECT_EQ(Shell("gzip -c " + kLog + " | '" TIDEWAITER "' report -"), want);
}

TEST(Report, FilesMayStandBehindFlags) {
  const std::string policies = "--policies " + kFolder + "exceptions.yaml ";
  EXPECT_EQ(Report("-n shop --policy privileged-containers " + policies + kLog),
            Report(kLog + " -n shop --policy privileged-containers " + policies));
}

TEST(Report, EndsOfThePeriod) {
  const auto decisions = [](const std::string& flags) {
    const std::string text = Report(kLog + " " + flags);
    return text.substr(0, text.find(' '));
  };
  EXPECT_EQ(decisions(""), "14");
  EXPECT_EQ(decisions("--since 2026-11-05"), "2");
  EXPECT_EQ(decisions("--until 2026-11-01"), "2");
  EXPECT_EQ(decisions("--until 2999-01-01"), "14");
  EXPECT_EQ(decisions("--until 2026-11-01T08:00:02Z"), "1");
  EXPECT_EQ(decisions("--since 2026-11-01T10:00:02+02:00 --until 2026-11-01"), "1");
  EXPECT_EQ(decisions("--since 2027-01-01"), "No");
}

TEST(Report, MistakesAreToldAndCounted) {
  const std::string bad = Temporary("bad");
  std::ofstream(bad) << "x\n" << Read(kLog) << "{\"sch";
  const std::string output = Report(bad + " 2>&1 >/dev/null");
  EXPECT_EQ(output, bad + ":1: malformed line: Invalid value.\n" + bad +
                        ":17: malformed line: Missing a closing quotation mark in string.\n"
                        "2 of 17 lines malformed: not everything was counted\n");
  std::ofstream(bad) << "1\n2\n3\n4\n5\n6\n7\n";
  const std::string all = Report(bad + " 2>&1 >/dev/null", 2);
  EXPECT_NE(all.find(bad + ":5: malformed line: not a JSON object\n"
                           "tidewaiter: and 2 more malformed lines\n"),
            std::string::npos)
      << all;
  std::ofstream(bad) << "";
  EXPECT_EQ(Report(bad), "No decisions.\n");
  ::unlink(bad.c_str());
  EXPECT_EQ(Report(bad + " 2>&1", 2),
            "tidewaiter: cannot read " + bad + ": No such file or directory\n");
  EXPECT_EQ(Report(kLog + " --since soon 2>&1", 2),
            "tidewaiter: --since: \"soon\" is neither a date (2026-11-21) nor a time "
            "(2026-11-21T18:00:00Z)\n");
  Report(bad + " " + kLog + " 2>/dev/null", 2);
  Report("2>/dev/null", 2);
}

// What count_log.py prints, from the report.
std::multiset<std::string> Flat(const std::string& json) {
  std::optional<JsonError> broken;
  const JsonDocument document(json, JsonLimits(), &broken);
  EXPECT_FALSE(broken) << json;
  std::multiset<std::string> lines;
  const std::set<std::string_view> apart = {"lines", "period", "truncated"};
  for (const JsonValue member : document.root()) {
    const std::string key(member.key());
    if (apart.contains(key)) continue;
    if (member.type() == JsonType::kNumber) lines.insert(key + " " + std::string(member.text()));
    if (member.type() != JsonType::kArray) continue;
    for (const JsonValue row : member) {
      std::string line = key;
      std::set<std::string> numbers;
      for (const JsonValue cell : row) {
        if (cell.key() == "last") continue;
        const bool number = cell.type() == JsonType::kNumber;
        if (number) numbers.insert(std::string(cell.key()) + "=" + std::string(cell.text()));
        if (!number) line += " " + std::string(cell.text());
      }
      for (const std::string& number : numbers) line += " " + number;
      lines.insert(line);
    }
  }
  return lines;
}

std::multiset<std::string> Lines(const std::string& text) {
  std::multiset<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.insert(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(Report, SumsAreWhatAnotherProgramCounts) {
  for (int seed = 1; seed <= 5; ++seed) {
    const std::string log = Temporary("log");
    Shell("python3 " + kFolder + "generate_log.py 2000 " + std::to_string(seed) + " >" + log);
    EXPECT_EQ(Flat(Report(log + " -o json")),
              Lines(Shell("python3 " + kFolder + "count_log.py " + log)));
    EXPECT_EQ(Flat(Report(log + " -o json --policy host-ports")),
              Lines(Shell("python3 " + kFolder + "count_log.py " + log + " host-ports")));
    ::unlink(log.c_str());
  }
}

}  // namespace
}  // namespace tidewaiter
