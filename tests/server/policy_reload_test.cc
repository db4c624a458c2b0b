// Policies are loaded again when their files change, however they change; and files that are no
// good change nothing.

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/process.h"

namespace tidewaiter {
namespace {

namespace fs = std::filesystem;

const std::string kCommit(40, 'c');

std::string PolicyWith(const std::string& action,
                       const std::string& name = "privileged-containers") {
  return fmt::format(
      "apiVersion: tidewaiter.io/v1alpha1\nkind: Policy\nmetadata: {{name: {}}}\n"
      "spec: {{check: privileged, action: {}, severity: high}}\n",
      name, action);
}

// "deny", or what else the policies say to a privileged pod now.
std::string Verdict(const Webhook& webhook) {
  const HttpResponse response =
      webhook.Post("/validate", Review{.object = PrivilegedPodJson()}.ToJson());
  return JsonAt(response.body, "/response/auditAnnotations/action");
}

bool Becomes(const Webhook& webhook, const std::string& verdict, int limit = 5000) {
  return WaitUntil([&] { return Verdict(webhook) == verdict; }, milliseconds(limit));
}

double Reloads(const Webhook& webhook, const std::string& result) {
  return webhook.Metric(
      fmt::format("tidewaiter_reloads_total{{result=\"{}\",what=\"policies\"}}", result));
}

double Failing(const Webhook& webhook) {
  return webhook.Metric("tidewaiter_reload_failing{what=\"policies\"}");
}

// A folder `p` whose file `a.yaml` is also `other/a.yaml`: what is written there changes `p`, and
// the kernel tells nobody who watches `p`.
void MakeUnwatchable(const TemporaryFolder& folder) {
  folder.Write("p/a.yaml", PolicyWith("deny"));
  fs::create_directory(folder.Path("other"));
  fs::create_hard_link(folder.Path("p/a.yaml"), folder.Path("other/a.yaml"));
}

struct PollEvery {
  explicit PollEvery(const char* milliseconds) {
    ::setenv("TIDEWAITER_TESTING_POLL_MS", milliseconds, 1);
  }
  ~PollEvery() { ::unsetenv("TIDEWAITER_TESTING_POLL_MS"); }
};

TEST(PolicyReload, FilesOfAFolder) {
  const TemporaryFolder folder;
  folder.Write("p/a.yaml", PolicyWith("deny"));
  const Webhook webhook({.flags = {"--policies", folder.Path("p")}});
  EXPECT_EQ(Verdict(webhook), "deny");
  folder.Write("p/a.yaml", PolicyWith("audit"));  // in place
  EXPECT_TRUE(Becomes(webhook, "audit"));
  folder.Write("new.yaml", PolicyWith("warn"));  // as an editor does
  fs::rename(folder.Path("new.yaml"), folder.Path("p/a.yaml"));
  EXPECT_TRUE(Becomes(webhook, "warn"));
  folder.Write("p/sub/deep/b.yaml", PolicyWith("deny", "second"));
  EXPECT_TRUE(Becomes(webhook, "deny"));
  folder.Write("p/sub/deep/b.yaml", PolicyWith("audit", "second"));
  EXPECT_TRUE(Becomes(webhook, "warn"));
  folder.Write("p/sub/deep/b.yaml", PolicyWith("deny", "second"));
  EXPECT_TRUE(Becomes(webhook, "deny"));
  fs::remove_all(folder.Path("p/sub"));
  EXPECT_TRUE(Becomes(webhook, "warn"));
  // The whole folder is replaced.
  folder.Write("q/a.yaml", PolicyWith("deny"));
  fs::rename(folder.Path("p"), folder.Path("old"));
  fs::rename(folder.Path("q"), folder.Path("p"));
  EXPECT_TRUE(Becomes(webhook, "deny"));
}

TEST(PolicyReload, OneFile) {
  const TemporaryFolder folder;
  folder.Write("a.yaml", PolicyWith("deny"));
  const Webhook webhook({.flags = {"--policies", folder.Path("a.yaml")}});
  folder.Write("a.yaml", PolicyWith("audit"));
  EXPECT_TRUE(Becomes(webhook, "audit"));
  folder.Write("new.yaml", PolicyWith("warn"));
  fs::rename(folder.Path("new.yaml"), folder.Path("a.yaml"));
  EXPECT_TRUE(Becomes(webhook, "warn"));
}

TEST(PolicyReload, SwapOfAConfigMap) {
  const TemporaryFolder folder;
  folder.Write("m/..1/a.yaml", PolicyWith("deny"));
  folder.Link("m/..data", "..1");
  folder.Link("m/a.yaml", "..data/a.yaml");
  const Webhook webhook({.flags = {"--policies", folder.Path("m")}});
  for (int i = 2; i < 6; ++i) {
    const std::string verdict = i % 2 == 0 ? "audit" : "deny";
    folder.Write(fmt::format("m/..{}/a.yaml", i), PolicyWith(verdict));
    folder.Link("m/..data", fmt::format("..{}", i));
    fs::remove_all(folder.Path(fmt::format("m/..{}", i - 1)));
    EXPECT_TRUE(Becomes(webhook, verdict)) << i;
  }
  EXPECT_EQ(Reloads(webhook, "failed"), 0);
}

TEST(PolicyReload, SwapOfGitSync) {
  const TemporaryFolder folder;
  const std::string other(40, 'd');
  folder.Write("git/.worktrees/" + kCommit + "/policies/a.yaml", PolicyWith("deny"));
  folder.Write("git/.worktrees/" + other + "/policies/a.yaml", PolicyWith("audit"));
  folder.Link("git/current", ".worktrees/" + kCommit);
  const Webhook webhook({.flags = {"--policies", folder.Path("git/current/policies")}});
  EXPECT_EQ(Verdict(webhook), "deny");
  folder.Link("git/current", ".worktrees/" + other);
  EXPECT_TRUE(Becomes(webhook, "audit"));
  const std::vector<std::string> lines = webhook.LogLines();
  EXPECT_EQ(JsonAt(lines.front(), "/policyRevision/commit"), kCommit);
  EXPECT_EQ(JsonAt(lines.back(), "/policyRevision/commit"), other);
}

TEST(PolicyReload, APullIsLoadedAsAWhole) {
  const TemporaryFolder folder;
  folder.Write("r/.git/HEAD", "ref: refs/heads/main\n");
  folder.Write("r/.git/refs/heads/main", std::string(40, 'a'));
  folder.Write("r/policies/a.yaml", PolicyWith("deny"));
  folder.Write("r/policies/b.yaml", PolicyWith("deny", "second"));
  const Webhook webhook({.flags = {"--policies", folder.Path("r/policies")}});
  // git holds this lock while it writes the work tree, one file after the other.
  folder.Write("r/.git/index.lock", "");
  folder.Write("r/policies/a.yaml", PolicyWith("audit"));
  std::this_thread::sleep_for(milliseconds(1500));
  folder.Write("r/policies/b.yaml", PolicyWith("audit", "second"));
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_EQ(Reloads(webhook, "loaded"), 0) << "half of the pull was loaded";
  fs::rename(folder.Path("r/.git/index.lock"), folder.Path("r/.git/index"));
  folder.Write("r/.git/refs/heads/main", kCommit);
  EXPECT_TRUE(Becomes(webhook, "audit"));
  // git moves the branch a moment after it has let go of the lock. What was loaded in between is
  // whole, but has the old name.
  const auto has_commit = [&](const std::string& commit) {
    Verdict(webhook);
    return JsonAt(webhook.LogLines().back(), "/policyRevision/commit") == commit;
  };
  EXPECT_TRUE(WaitUntil([&] { return has_commit(kCommit); }));
  EXPECT_LE(Reloads(webhook, "loaded"), 2);
  // A commit that changes no policy is a new revision too.
  const std::string next(40, 'e');
  folder.Write("r/.git/refs/heads/main", next);
  EXPECT_TRUE(WaitUntil([&] { return has_commit(next); }));
}

TEST(PolicyReload, Hangup) {
  const TemporaryFolder folder;
  MakeUnwatchable(folder);
  Webhook webhook({.flags = {"--policies", folder.Path("p")}});
  webhook.process().Signal(SIGHUP);
  EXPECT_TRUE(WaitUntil([&] { return Reloads(webhook, "unchanged") == 1; }));
  folder.Write("other/a.yaml", PolicyWith("audit"));
  std::this_thread::sleep_for(milliseconds(1000));
  ASSERT_EQ(Verdict(webhook), "deny") << "the test needs a change that nobody tells of";
  webhook.process().Signal(SIGHUP);
  EXPECT_TRUE(Becomes(webhook, "audit"));
}

TEST(PolicyReload, PollSeesWhatNobodyTells) {
  const TemporaryFolder folder;
  MakeUnwatchable(folder);
  const PollEvery interval("300");
  const Webhook webhook({.binary = TIDEWAITER_TESTING, .flags = {"--policies", folder.Path("p")}});
  folder.Write("other/a.yaml", PolicyWith("audit"));
  EXPECT_TRUE(Becomes(webhook, "audit"));
}

TEST(PolicyReload, BrokenFilesChangeNothing) {
  const TemporaryFolder folder;
  folder.Write("p/a.yaml", PolicyWith("deny"));
  const PollEvery interval("100");
  Webhook webhook({.binary = TIDEWAITER_TESTING, .flags = {"--policies", folder.Path("p")}});
  const std::string told = "serving revision sha256:";
  struct Row {
    const char* what;
    std::function<void()> break_it;
    const char* told;
  };
  const Row rows[] = {
      {"a mistake", [&] { folder.Write("p/a.yaml", PolicyWith("block")); },
       "/p/a.yaml:4:35: error: unknown action"},
      {"another mistake", [&] { folder.Write("p/b.yaml", "{"); }, "/p/b.yaml:"},
      {"no policy at all",
       [&] {
         fs::remove(folder.Path("p/a.yaml"));
         fs::remove(folder.Path("p/b.yaml"));
       },
       "no policy file (*.yaml) in this folder"},
      {"no folder", [&] { fs::remove(folder.Path("p")); }, "/p: No such file or directory"},
  };
  std::size_t failures = 0;
  for (const Row& row : rows) {
    row.break_it();
    ++failures;
    EXPECT_TRUE(WaitUntil([&] {
      return Reloads(webhook, "failed") >= static_cast<double>(failures);
    })) << row.what;
    std::this_thread::sleep_for(milliseconds(500));  // some polls
    const std::string log = webhook.process().StandardError();
    EXPECT_NE(log.find(row.told), std::string::npos) << row.what << ": " << log;
    failures = CountOf(log, told);
    EXPECT_EQ(static_cast<double>(failures), Reloads(webhook, "failed")) << row.what;
    EXPECT_EQ(Failing(webhook), 1) << row.what;
    EXPECT_EQ(Verdict(webhook), "deny") << row.what;
    const HttpResponse ready = webhook.GetHealth("/readyz?verbose");
    EXPECT_EQ(ready.status, 200) << row.what;
    EXPECT_NE(ready.body.find("[-]policy-files warning"), std::string::npos) << ready.body;
  }
  // Once for each content, though each was looked at many times. Removing two files may be seen in
  // two steps.
  EXPECT_GE(failures, std::size(rows));
  EXPECT_LE(failures, std::size(rows) + 1);
  folder.Write("p/a.yaml", PolicyWith("deny"));
  EXPECT_TRUE(WaitUntil([&] { return Failing(webhook) == 0; }));
  EXPECT_EQ(Reloads(webhook, "unchanged"), 1);
  folder.Write("p/a.yaml", PolicyWith("audit"));
  EXPECT_TRUE(Becomes(webhook, "audit"));
  EXPECT_EQ(webhook.GetHealth("/readyz").body, "ok");
}

TEST(PolicyReload, AReviewKeepsTheSetThatItBeganWith) {
  const auto policy = [](const std::string& action) {
    return "apiVersion: tidewaiter.io/v1alpha1\nkind: Policy\nmetadata: {name: slow}\n"
           "spec: {check: testSleep, action: audit, severity: low}\n---\n" +
           PolicyWith(action);
  };
  const TemporaryFolder folder;
  folder.Write("p/a.yaml", policy("deny"));
  const Webhook webhook(
      {.binary = TIDEWAITER_TESTING, .flags = {"--threads", "2", "--policies", folder.Path("p")}});
  const auto slow = webhook.Connect();
  const std::string privileged = R"("securityContext":{"privileged":true})";
  slow->Send(PostBytes(
      "/validate", Review{.uid = "slow", .object = ManyContainersJson(300, privileged)}.ToJson()));
  std::this_thread::sleep_for(milliseconds(200));  // now it is judged, for 3 s
  folder.Write("p/a.yaml", policy("audit"));
  EXPECT_TRUE(WaitUntil([&] { return Reloads(webhook, "loaded") == 1; }, milliseconds(2000)));
  EXPECT_TRUE(webhook.LogLinesWith("/uid", "slow").empty());
  const auto response = slow->ReadResponse();
  ASSERT_TRUE(response);
  EXPECT_EQ(JsonAt(response->body, "/response/auditAnnotations/action"), "deny");
  EXPECT_EQ(Verdict(webhook), "audit");
  const std::vector<std::string> lines = webhook.LogLines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_NE(JsonAt(lines[0], "/policyRevision/digest"), JsonAt(lines[1], "/policyRevision/digest"));
}

// One revision, wherever somebody asks for it.
TEST(PolicyReload, TheRevisionIsTold) {
  const TemporaryFolder folder;
  folder.Write("r/.git/HEAD", kCommit);
  folder.Write("r/policies/a.yaml", PolicyWith("deny"));
  int code = -1;
  const std::string version = RunToEnd(
      TIDEWAITER, {"version", "-o", "json", "--policies", folder.Path("r/policies")}, code);
  EXPECT_EQ(code, 0);
  const std::string digest = JsonAt(version, "/policyRevision/digest");
  EXPECT_EQ(digest.size(), 7u + 64u);
  EXPECT_EQ(JsonAt(version, "/policyRevision/commit"), kCommit);
  for (const std::string& text : {std::string(), std::string("release 7")}) {
    std::vector<std::string> flags = {"--policies", folder.Path("r/policies")};
    if (!text.empty()) flags.insert(flags.end(), {"--policy-revision", text});
    Webhook webhook({.flags = flags});
    const std::string commit = text.empty() ? kCommit : text;
    const std::string shown = digest.substr(0, 19) + " commit " + commit;
    EXPECT_NE(webhook.process().StandardError().find("(1 policy, revision " + shown + ")"),
              std::string::npos);
    EXPECT_NE(webhook.GetHealth("/readyz?verbose").body.find("1 policy, revision " + shown + "\n"),
              std::string::npos);
    EXPECT_EQ(webhook.Metric(fmt::format("tidewaiter_policies_info{{commit=\"{}\",digest=\"{}\"}}",
                                         commit, digest)),
              1);
    const HttpResponse response = webhook.Post("/validate", Review{}.ToJson());
    EXPECT_EQ(JsonAt(response.body, "/response/auditAnnotations/revision"), shown);
    const std::string line = webhook.LogLines().back();
    EXPECT_EQ(JsonAt(line, "/policyRevision/digest"), digest);
    EXPECT_EQ(JsonAt(line, "/policyRevision/commit"), commit);
  }
}

std::string ExceptionUntil(const std::string& name, const std::string& day) {
  return fmt::format(
      "---\napiVersion: tidewaiter.io/v1alpha1\nkind: PolicyException\nmetadata: {{name: {}}}\n"
      "spec: {{policies: [privileged-containers], match: {{namespaces: [shop]}}, owner: a, "
      "reason: b, expires: {}}}\n",
      name, day);
}

// What time makes of a set is told, and keeps nothing from being served.
TEST(PolicyReload, WarningsAreLoggedOnceForEachSet) {
  const TemporaryFolder folder;
  folder.Write("r/.git/HEAD", kCommit);
  folder.Write("r/p/a.yaml", PolicyWith("deny") + ExceptionUntil("old", "2020-01-31"));
  Webhook webhook({.flags = {"--policies", folder.Path("r/p")}});
  const auto told = [&](const std::string& name) {
    return CountOf(webhook.process().StandardError(), "warning: exception " + name + " ");
  };
  EXPECT_EQ(told("old"), 1u) << webhook.process().StandardError();
  EXPECT_EQ(Verdict(webhook), "deny");
  // Another commit of the same files tells nothing new.
  folder.Write("r/.git/HEAD", std::string(40, 'd'));
  EXPECT_TRUE(WaitUntil([&] { return Reloads(webhook, "loaded") == 1; }));
  EXPECT_EQ(told("old"), 1u);
  folder.Write("r/p/a.yaml", PolicyWith("audit") + ExceptionUntil("old", "2020-01-31") +
                                 ExceptionUntil("over-long", "2999-01-31"));
  EXPECT_TRUE(Becomes(webhook, "audit"));
  EXPECT_TRUE(WaitUntil([&] { return told("old") == 2; }));
  EXPECT_EQ(told("over-long"), 1u);
  EXPECT_EQ(CountOf(webhook.process().StandardError(), "\"the policies have warnings\\n"), 2u);
}

std::string DayIn(int days) {
  const auto day = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const std::chrono::year_month_day date(day + std::chrono::days(days));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

TEST(PolicyReload, ExceptionsAreCounted) {
  const TemporaryFolder folder;
  folder.Write("p/a.yaml", PolicyWith("deny"));
  const Webhook webhook({.flags = {"--policies", folder.Path("p")}});
  const auto exceptions = [&](const std::string& state) {
    return webhook.Metric("tidewaiter_exceptions{state=\"" + state + "\"}");
  };
  const auto unused = [&] { return webhook.Metric("tidewaiter_exceptions_unused"); };
  const std::string next = "tidewaiter_exception_next_expiry_timestamp_seconds";
  EXPECT_EQ(exceptions("active"), 0);
  EXPECT_EQ(webhook.Metric(next), 0);
  const std::string metrics = webhook.GetHealth("/metrics").body;
  EXPECT_EQ(CountOf(metrics, "# TYPE tidewaiter_exceptions gauge\n"), 1u) << metrics;
  EXPECT_EQ(CountOf(metrics, "\n" + next + " 0\n"), 1u) << metrics;
  const std::string first = ExceptionUntil("first", DayIn(20));
  folder.Write("p/b.yaml", first + ExceptionUntil("second", DayIn(30)) +
                               ExceptionUntil("old", "2020-01-31") +
                               ExceptionUntil("older", "2019-01-31") +
                               ExceptionUntil("over-long", "2999-01-31"));
  EXPECT_TRUE(WaitUntil([&] { return exceptions("active") == 2; }));
  EXPECT_EQ(exceptions("expired"), 2);
  EXPECT_EQ(exceptions("over_long"), 1);
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const auto end = std::chrono::sys_seconds(today + std::chrono::days(21)).time_since_epoch();
  EXPECT_EQ(webhook.Metric(next), static_cast<double>(end.count()));
  EXPECT_EQ(unused(), 2);
  EXPECT_EQ(Verdict(webhook), "allow");  // by the first of them
  EXPECT_EQ(unused(), 1);
  // A reload forgets nothing.
  folder.Write("p/b.yaml", first);
  EXPECT_TRUE(WaitUntil([&] { return exceptions("active") == 1; }));
  EXPECT_EQ(unused(), 0);
}

TEST(PolicyReload, RevisionsThatCannotBeShownAreRefused) {
  for (const std::string& text : {std::string(129, 'x'), std::string("two\nlines")}) {
    Process process(TIDEWAITER, {"serve", "--dev", "--policy-revision", text});
    EXPECT_EQ(process.WaitForExit(milliseconds(10'000)), 2);
    EXPECT_NE(process.StandardError().find("not printable text of at most 128 bytes"),
              std::string::npos)
        << process.StandardError();
  }
}

}  // namespace
}  // namespace tidewaiter
