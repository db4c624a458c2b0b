#include "webhook/server/review_counters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <thread>

#include "tests/unit/support/requests.h"
#include "webhook/server/metrics.h"

namespace tidewaiter {
namespace {

std::shared_ptr<const PolicySet> Shared(const std::string& text) {
  return std::make_shared<const PolicySet>(Load(text));
}

AdmissionRequest Privileged(std::string_view kind) {
  return Parsed(CreateText(
      kind, PodText(R"({"name":"c","image":"i","securityContext":{"privileged":true}})")));
}

AdmissionRequest PlainService() {
  return Parsed(CreateText("Service", R"({"ports":[{"port":80}]})"));
}

void Judge(Metrics& metrics, const std::shared_ptr<const PolicySet>& policies,
           const AdmissionRequest& request, Mode mode = Mode::kEnforce,
           Path path = Path::kValidate) {
  metrics.Review(path, &request, policies, Evaluate(*policies, request, {path, mode, {}}),
                 std::chrono::microseconds(30));
}

// The samples of a family, sorted. With `zeros` also those that count nothing yet.
std::string Samples(const Metrics& metrics, const std::string& family, bool zeros = false) {
  std::vector<std::string> lines;
  std::istringstream text(metrics.Render());
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with(family + "{") && (zeros || !line.ends_with(" 0"))) lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  std::string all;
  for (const std::string& line : lines) all += line.substr(family.size()) + "\n";
  return all;
}

TEST(ReviewCounters, CountsReviewsByPathKindActionAndWould) {
  const auto policies = Shared(PolicyText("no-privilege", "privileged"));
  Metrics metrics;
  Judge(metrics, policies, Privileged("Pod"));
  Judge(metrics, policies, Privileged("Pod"));
  Judge(metrics, policies, Privileged("CronJob"));
  Judge(metrics, policies, Privileged("Pod"), Mode::kAudit);
  Judge(metrics, policies, PlainService());
  Judge(metrics, policies, Parsed(ReviewText({.operation = "CONNECT", .kind = "PodExecOptions"})),
        Mode::kEnforce, Path::kDetect);
  EXPECT_EQ(Samples(metrics, "tidewaiter_reviews_total"),
            R"({action="allow",kind="PodExecOptions",path="detect",would="allow"} 1
{action="allow",kind="Service",path="validate",would="allow"} 1
{action="audit",kind="Pod",path="validate",would="deny"} 1
{action="deny",kind="CronJob",path="validate",would="deny"} 1
{action="deny",kind="Pod",path="validate",would="deny"} 2
)");
}

// Whoever may write custom resources chooses their kinds; a CONNECT has kinds of its own.
TEST(ReviewCounters, KindsOfOthersMakeNoSeries) {
  const auto policies = Shared(PolicyText("no-privilege", "privileged"));
  Metrics metrics;
  AdmissionRequest request = PlainService();
  for (int i = 0; i < 100; ++i) {
    const std::string kind = "Kind" + std::to_string(i);
    request.kind = {"example.com", "v1", kind};
    Judge(metrics, policies, request);
  }
  request.kind = {"example.com", "v1", "Pod"};
  Judge(metrics, policies, request);
  request.kind = {"", "v1", "Pod"};
  request.operation = Operation::kConnect;
  Judge(metrics, policies, request);
  EXPECT_EQ(Samples(metrics, "tidewaiter_reviews_total"),
            "{action=\"allow\",kind=\"other\",path=\"validate\",would=\"allow\"} 102\n");
}

TEST(ReviewCounters, CountsFindingsByPolicy) {
  const auto policies = Shared(PolicyText("no-privilege", "privileged") + "---\n" +
                               PolicyText("seen", "privileged", "", "audit"));
  Metrics metrics;
  Judge(metrics, policies, Privileged("Pod"));
  Judge(metrics, policies, Privileged("Pod"), Mode::kAudit);
  EXPECT_EQ(Samples(metrics, "tidewaiter_findings_total"),
            R"({action="audit",policy="no-privilege",would="deny"} 1
{action="audit",policy="seen",would="audit"} 2
{action="deny",policy="no-privilege",would="deny"} 1
)");
}

TEST(ReviewCounters, CountsReviewsWithoutVerdict) {
  const auto policies = Shared(PolicyText("no-privilege", "privileged"));
  Metrics metrics;
  const Circumstances circumstances{Path::kDetect, Mode::kEnforce, {}};
  for (const int status : {400, 500, 500}) {
    metrics.Review(Path::kDetect, nullptr, policies,
                   FailedDecision(*policies, circumstances, status, "broken"),
                   std::chrono::microseconds(30));
  }
  EXPECT_EQ(Samples(metrics, "tidewaiter_review_errors_total"),
            "{status=\"400\"} 1\n{status=\"500\"} 2\n");
  EXPECT_EQ(Samples(metrics, "tidewaiter_reviews_total"),
            R"({action="deny",kind="other",path="detect",would="deny"} 1
{action="warn",kind="other",path="detect",would="warn"} 2
)");
}

// A rate does not see the first count of a series that was not there before.
TEST(ReviewCounters, ExpectedSeriesStandAtZero) {
  const auto policies = Shared(PolicyText("no-privilege", "privileged"));
  Metrics metrics;
  metrics.Expect(Mode::kAudit, policies);
  EXPECT_EQ(Samples(metrics, "tidewaiter_findings_total", true),
            R"({action="audit",policy="no-privilege",would="audit"} 0
{action="audit",policy="no-privilege",would="deny"} 0
{action="audit",policy="no-privilege",would="warn"} 0
)");
  const std::string reviews = Samples(metrics, "tidewaiter_reviews_total", true);
  EXPECT_NE(reviews.find(R"({action="audit",kind="Pod",path="validate",would="deny"} 0)"),
            std::string::npos);
  EXPECT_EQ(reviews.find(R"(action="deny")"), std::string::npos);
  Judge(metrics, policies, Privileged("Pod"), Mode::kAudit);
  EXPECT_EQ(std::count(reviews.begin(), reviews.end(), '\n'), 11 * 4 + 7 * 4);
  EXPECT_EQ(Samples(metrics, "tidewaiter_reviews_total", true).size(), reviews.size());
}

TEST(ReviewCounters, CountsGoOnWhenPoliciesAreLoadedAgain) {
  const auto old = Shared(PolicyText("no-privilege", "privileged"));
  const auto fresh =
      Shared(PolicyText("new", "hostPorts") + "---\n" + PolicyText("no-privilege", "privileged"));
  Metrics metrics;
  Judge(metrics, old, Privileged("Pod"));
  // Finds nothing, but is the first review of the new set.
  Judge(metrics, fresh, PlainService());
  EXPECT_NE(Samples(metrics, "tidewaiter_findings_total", true)
                .find(R"({action="deny",policy="new",would="deny"} 0)"),
            std::string::npos);
  Judge(metrics, fresh, Privileged("Pod"));
  Judge(metrics, old, Privileged("Pod"));
  EXPECT_EQ(Samples(metrics, "tidewaiter_findings_total"),
            "{action=\"deny\",policy=\"no-privilege\",would=\"deny\"} 3\n");
}

TEST(ReviewCounters, ThreadsLoseNoCount) {
  const auto old = Shared(PolicyText("no-privilege", "privileged"));
  const auto fresh = Shared(PolicyText("no-privilege", "privileged"));
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&metrics, policies = i % 2 == 0 ? old : fresh] {
      for (int n = 0; n < 500; ++n) Judge(metrics, policies, Privileged("Pod"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Samples(metrics, "tidewaiter_findings_total"),
            "{action=\"deny\",policy=\"no-privilege\",would=\"deny\"} 2000\n");
  EXPECT_EQ(Samples(metrics, "tidewaiter_reviews_total"),
            "{action=\"deny\",kind=\"Pod\",path=\"validate\",would=\"deny\"} 2000\n");
}

}  // namespace
}  // namespace tidewaiter
