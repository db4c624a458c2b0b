// Reviews that a kube-apiserver has sent, and the verdicts that the shipped policies must give:
// tests/testdata/reviews/VERDICTS.tsv, derived by hand from the reviews and from policies/default.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

const std::string kFolder = std::string(TESTDATA) + "/reviews/";

struct Expected {
  std::string file;
  std::string allowed;
  std::string action;
  std::string policies;  // sorted, "*" behind one whose finding is unchanged; "-" for none
};

std::vector<Expected> ReadVerdicts() {
  std::vector<Expected> verdicts;
  for (const std::string& line : Lines(ReadWholeFile(kFolder + "VERDICTS.tsv"))) {
    if (line.starts_with('#')) continue;
    std::vector<std::string> columns(1);
    for (const char c : line) {
      if (c == '\t') {
        columns.emplace_back();
      } else {
        columns.back() += c;
      }
    }
    EXPECT_EQ(columns.size(), 5u) << line;
    if (columns.size() == 5) verdicts.push_back({columns[0], columns[1], columns[2], columns[3]});
  }
  return verdicts;
}

// The findings at this JSON pointer, each by its members in one string.
std::vector<std::string> Findings(const std::string& json, const std::string& pointer,
                                  const std::vector<std::string>& members) {
  std::vector<std::string> findings;
  for (int i = 0;; ++i) {
    const std::string finding = fmt::format("{}/{}", pointer, i);
    if (JsonAt(json, finding) == "<absent>") return findings;
    std::string text;
    for (const std::string& member : members) {
      text += (text.empty() ? "" : " ") + JsonAt(json, finding + "/" + member);
    }
    findings.push_back(text);
  }
}

std::string Policies(const std::string& line) {
  std::set<std::string> names;
  for (std::string name : Findings(line, "/findings", {"policy", "unchanged"})) {
    const std::size_t space = name.find(' ');
    names.insert(name.substr(0, space) + (name.substr(space + 1) == "true" ? "*" : ""));
  }
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text.empty() ? "-" : text;
}

// Posts a recorded review; the body of the answer.
std::string PostReview(Client& client, const std::string& file) {
  client.Send(PostBytes("/validate?timeout=10s", ReadWholeFile(kFolder + file)));
  const auto response = client.ReadResponse();
  EXPECT_TRUE(response && response->status == 200) << file;
  return response ? response->body : "";
}

// The lines of the decision log after all reviews have been posted, in the order of the verdicts.
std::vector<std::string> PostAll(const Webhook& webhook, const std::vector<Expected>& verdicts) {
  const auto client = webhook.Connect();
  for (const Expected& expected : verdicts) {
    SCOPED_TRACE(expected.file);
    const std::string answer = PostReview(*client, expected.file);
    EXPECT_EQ(JsonAt(answer, "/response/uid"),
              JsonAt(ReadWholeFile(kFolder + expected.file), "/request/uid"));
    EXPECT_EQ(JsonAt(answer, "/response/allowed"), expected.allowed);
    EXPECT_EQ(JsonAt(answer, "/response/auditAnnotations/action"), expected.action);
    EXPECT_EQ(JsonAt(answer, "/response/warnings"), "<absent>");
  }
  return webhook.LogLines();
}

// What a report calls the workload of a review: generated names are folded.
std::string WorkloadOf(const std::string& review) {
  const std::string prefix = JsonAt(review, "/request/object/metadata/generateName");
  return fmt::format("{} {}/{}", JsonAt(review, "/request/namespace"),
                     JsonAt(review, "/request/kind/kind"),
                     prefix == "<absent>" ? JsonAt(review, "/request/name") : prefix + "*");
}

TEST(RecordedReviews, EachHasAVerdict) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".json") files.insert(entry.path().filename());
  }
  std::set<std::string> named;
  for (const Expected& expected : ReadVerdicts()) {
    EXPECT_TRUE(named.insert(expected.file).second) << expected.file << " stands twice";
  }
  EXPECT_EQ(named, files);
}

TEST(RecordedReviews, ShippedPoliciesGiveTheVerdicts) {
  const std::vector<Expected> verdicts = ReadVerdicts();
  Webhook webhook;
  const std::vector<std::string> lines = PostAll(webhook, verdicts);
  ASSERT_EQ(lines.size(), verdicts.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    SCOPED_TRACE(verdicts[i].file);
    const std::string review = ReadWholeFile(kFolder + verdicts[i].file);
    EXPECT_EQ(JsonAt(lines[i], "/uid"), JsonAt(review, "/request/uid"));
    EXPECT_EQ(JsonAt(lines[i], "/name"), JsonAt(review, "/request/name"));
    EXPECT_EQ(JsonAt(lines[i], "/namespace"), JsonAt(review, "/request/namespace"));
    EXPECT_EQ(JsonAt(lines[i], "/dryRun"), JsonAt(review, "/request/dryRun"));
    EXPECT_EQ(JsonAt(lines[i], "/user/username"), JsonAt(review, "/request/userInfo/username"));
    EXPECT_EQ(JsonAt(lines[i], "/allowed"), verdicts[i].allowed);
    EXPECT_EQ(JsonAt(lines[i], "/action"), verdicts[i].action);
    EXPECT_EQ(Policies(lines[i]), verdicts[i].policies);
  }
}

TEST(RecordedReviews, CheckFindsTheSameAsTheWebhook) {
  const std::vector<Expected> verdicts = ReadVerdicts();
  const std::vector<std::string> members = {"policy", "field", "action", "unchanged"};
  Webhook webhook;
  const std::vector<std::string> lines = PostAll(webhook, verdicts);
  ASSERT_EQ(lines.size(), verdicts.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    SCOPED_TRACE(verdicts[i].file);
    int code = -1;
    const std::string report =
        RunToEnd(TIDEWAITER, {"check", "-o", "json", "-f", kFolder + verdicts[i].file}, code);
    EXPECT_EQ(code, verdicts[i].allowed == "true" ? 0 : 1);
    EXPECT_EQ(JsonAt(report, "/summary/objects"), "1");
    EXPECT_EQ(JsonAt(report, "/objects/0/allowed"), verdicts[i].allowed);
    EXPECT_EQ(JsonAt(report, "/objects/0/action"), verdicts[i].action);
    EXPECT_EQ(JsonAt(report, "/diagnostics"), "[]");
    EXPECT_EQ(Findings(report, "/objects/0/findings", members),
              Findings(lines[i], "/findings", members));
  }
}

// The dry run before enforcement must be believed: what it says would be refused is what is.
TEST(RecordedReviews, ReportOfTheDryRunNamesWhatEnforcementRefuses) {
  const Webhook enforcing;
  const Webhook dry_run({.flags = {"--mode", "audit"}});
  const auto enforcing_client = enforcing.Connect();
  const auto dry_run_client = dry_run.Connect();
  std::map<std::string, int> refused;
  for (const Expected& expected : ReadVerdicts()) {
    const std::string answer = PostReview(*dry_run_client, expected.file);
    EXPECT_EQ(JsonAt(answer, "/response/allowed"), "true") << expected.file;
    if (JsonAt(PostReview(*enforcing_client, expected.file), "/response/allowed") != "true") {
      ++refused[WorkloadOf(ReadWholeFile(kFolder + expected.file))];
    }
  }
  int code = -1;
  const std::string report =
      RunToEnd(TIDEWAITER, {"report", dry_run.log_file(), "-o", "json"}, code);
  EXPECT_EQ(code, 0);
  std::map<std::string, int> would_be_refused;
  for (const std::string& row :
       Findings(report, "/workloads", {"namespace", "workload", "wouldBeDenied"})) {
    const std::size_t space = row.rfind(' ');
    const int times = std::stoi(row.substr(space + 1));
    if (times > 0) would_be_refused[row.substr(0, space)] = times;
  }
  EXPECT_GT(refused.size(), 3u);
  EXPECT_EQ(would_be_refused, refused);
}

}  // namespace
}  // namespace tidewaiter
