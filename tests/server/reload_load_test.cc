// Reloads while reviews come in: nobody notices.

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "tests/support/certificates.h"
#include "tests/support/process.h"

namespace tidewaiter {
namespace {

namespace fs = std::filesystem;

std::string PolicyWith(const std::string& action, const std::string& name,
                       const std::string& more) {
  return fmt::format(
      "apiVersion: tidewaiter.io/v1alpha1\nkind: Policy\nmetadata: {{name: {}}}\n"
      "spec: {{check: privileged, action: {}, severity: high}}\n{}",
      name, action, more);
}

// Clients that ask and ask, each on a connection of its own, until their owner goes.
class Load {
 public:
  // Each sends so many reviews a second, and takes a new connection after so many.
  Load(const Webhook& webhook, int clients, int per_second, int per_connection)
      : webhook_(webhook), interval_(1'000'000 / per_second), per_connection_(per_connection) {
    for (int i = 0; i < clients; ++i) threads_.emplace_back([this] { Run(); });
  }
  ~Load() { Stop(); }

  void Stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  int answered() const { return answered_; }
  int failed() const { return failed_; }
  double longest_ms() const { return static_cast<double>(longest_us_) / 1000; }
  void ForgetLongest() { longest_us_ = 0; }

 private:
  void Run() {
    const std::string bytes =
        PostBytes("/validate?timeout=10s", Review{.object = PrivilegedPodJson()}.ToJson());
    Clock::time_point due = Clock::now();
    std::unique_ptr<Client> client;
    for (int i = 0; !stop_; ++i) {
      std::this_thread::sleep_until(due += interval_);
      if (i % per_connection_ == 0) {
        client = std::make_unique<Client>(webhook_.port());
        if (!client->StartTls(webhook_.tls())) {
          ++failed_;
          i = -1;
          continue;
        }
      }
      const Clock::time_point start = Clock::now();
      const bool sent = client->Send(bytes);
      const auto response = sent ? client->ReadResponse() : std::nullopt;
      const std::string action =
          response ? JsonAt(response->body, "/response/auditAnnotations/action") : "";
      (action == "deny" || action == "audit" ? answered_ : failed_) += 1;
      const auto us = static_cast<std::int64_t>(SecondsSince(start) * 1e6);
      std::int64_t longest = longest_us_;
      while (us > longest && !longest_us_.compare_exchange_weak(longest, us)) {
      }
    }
  }

  const Webhook& webhook_;
  const std::chrono::microseconds interval_;
  const int per_connection_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> answered_ = 0;
  std::atomic<int> failed_ = 0;
  std::atomic<std::int64_t> longest_us_ = 0;
  std::vector<std::thread> threads_;
};

std::size_t OpenDescriptors(const Webhook& webhook) {
  const fs::directory_iterator all(fmt::format("/proc/{}/fd", webhook.process_id()));
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

double ResidentMiB(const Webhook& webhook) {
  for (const std::string& line :
       Lines(ReadWholeFile(fmt::format("/proc/{}/status", webhook.process_id())))) {
    if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  }
  return 0;
}

double Loaded(const Webhook& webhook, const std::string& what) {
  return webhook.Metric(
      fmt::format("tidewaiter_reloads_total{{result=\"loaded\",what=\"{}\"}}", what));
}

// As the kubelet does: a new folder, the swap of the link, and the old folder is removed.
void SwapData(const TemporaryFolder& folder, int i,
              const std::vector<std::pair<std::string, std::string>>& files) {
  for (const auto& [name, content] : files) {
    folder.Write(fmt::format("m/..{}/{}", i, name), content);
  }
  folder.Link("m/..data", fmt::format("..{}", i));
  fs::remove_all(folder.Path(fmt::format("m/..{}", i - 1)));
}

TEST(ReloadUnderLoad, AThousandSwapsOfPolicies) {
  constexpr int kSwaps = 1000;
  const TemporaryFolder folder;
  const auto swap = [&](int i) {
    const std::string action = i % 2 == 0 ? "deny" : "audit";
    SwapData(folder, i,
             {{"a.yaml", PolicyWith(action, "a", "")},
              {"b.yaml", PolicyWith(action, "b", "")},
              {"c.yaml", PolicyWith(action, "c", "")}});
  };
  swap(0);
  const Webhook webhook({.flags = {"--policies", folder.Path("m")}});
  Load load(webhook, 4, 100, 1'000'000);
  // Some swaps first, so that what is made once has been made.
  int at = 1;
  for (; at <= kSwaps / 10; ++at) {
    swap(at);
    std::this_thread::sleep_for(milliseconds(10));
  }
  const std::size_t descriptors = OpenDescriptors(webhook);
  const double memory = ResidentMiB(webhook);
  const double before = Loaded(webhook, "policies");
  for (; at <= kSwaps; ++at) {
    swap(at);
    std::this_thread::sleep_for(milliseconds(10));
  }
  std::this_thread::sleep_for(milliseconds(500));
  load.Stop();
  EXPECT_EQ(load.failed(), 0);
  EXPECT_GT(load.answered(), 1000);
  EXPECT_GE(Loaded(webhook, "policies") - before, 3);
  EXPECT_EQ(webhook.Metric("tidewaiter_reloads_total{result=\"failed\",what=\"policies\"}"), 0);
  EXPECT_LE(OpenDescriptors(webhook), descriptors);
  EXPECT_LE(ResidentMiB(webhook), memory + 4);
  std::set<std::string> revisions;
  const std::vector<std::string> lines = webhook.LogLines();
  for (const std::string& line : lines) revisions.insert(JsonAt(line, "/policyRevision/digest"));
  EXPECT_EQ(revisions.size(), 2u);
  EXPECT_EQ(lines.size(), static_cast<std::size_t>(load.answered()));
}

TEST(ReloadUnderLoad, C01_SwapOfTheCertificate) {
  const TestAuthority authority;
  const TemporaryFolder folder;
  folder.Write("ca.crt", authority.certificate());
  const auto write = [&](const IssuedCertificate& issued) {
    folder.Write("tls.crt", issued.chain);
    folder.Write("tls.key", issued.key);
  };
  write(authority.Issue());
  const Webhook webhook({.certificates = folder.path()});
  Load load(webhook, 4, 50, 10);
  double slowest = 0;
  for (int i = 0; i < 5; ++i) {
    const IssuedCertificate next = authority.Issue();
    const Clock::time_point start = Clock::now();
    write(next);
    EXPECT_TRUE(WaitUntil([&] { return webhook.Connect()->ServerSerial() == next.serial; }));
    slowest = std::max(slowest, SecondsSince(start));
  }
  EXPECT_LT(slowest, 2);
  load.Stop();
  EXPECT_EQ(load.failed(), 0);
  EXPECT_GT(load.answered(), 100);
}

TEST(ReloadUnderLoad, C03_NeverAMismatchedPair) {
  constexpr int kSwaps = 1000;
  const TestAuthority authority;
  const IssuedCertificate issued[] = {authority.Issue(), authority.Issue()};
  const TemporaryFolder folder;
  folder.Write("m/ca.crt", authority.certificate());
  const auto swap = [&](int i) {
    SwapData(folder, i, {{"tls.crt", issued[i % 2].chain}, {"tls.key", issued[i % 2].key}});
  };
  swap(0);
  folder.Link("m/tls.crt", "..data/tls.crt");
  folder.Link("m/tls.key", "..data/tls.key");
  ::setenv("TIDEWAITER_TESTING_POLL_MS", "1", 1);  // it reads and reads
  const Webhook webhook({.binary = TIDEWAITER_TESTING, .certificates = folder.Path("m")});
  ::unsetenv("TIDEWAITER_TESTING_POLL_MS");
  Load load(webhook, 2, 50, 5);
  for (int i = 1; i <= kSwaps; ++i) {
    swap(i);
    std::this_thread::sleep_for(milliseconds(4));
  }
  load.Stop();
  EXPECT_EQ(load.failed(), 0);
  EXPECT_EQ(webhook.Metric("tidewaiter_reloads_total{result=\"failed\",what=\"certificate\"}"), 0);
  EXPECT_GE(Loaded(webhook, "certificate"), 10);
}

// P8. The times are printed for people: a loaded machine must not fail a build.
TEST(ReloadUnderLoad, P08_AThousandPolicies) {
  constexpr int kPolicies = 1000;
  constexpr std::size_t kBytes = 500;
  const TemporaryFolder folder;
  const auto write = [&](const std::string& action) {
    for (int i = 0; i < kPolicies; ++i) {
      std::string text = PolicyWith(action, fmt::format("p{}", i), "  # ");
      text.append(kBytes - text.size() - 1, 'x');
      folder.Write(fmt::format("p/{}.yaml", i), text + "\n");
    }
  };
  write("audit");
  Webhook webhook({.flags = {"--policies", folder.Path("p")}});
  Load load(webhook, 2, 50, 1'000'000);
  std::this_thread::sleep_for(milliseconds(1000));
  const double usual = load.longest_ms();
  std::this_thread::sleep_for(milliseconds(200));
  write("deny");
  load.ForgetLongest();
  const auto line = webhook.process().WaitForText("loaded 1000 policies", milliseconds(20'000));
  const double longest = load.longest_ms();
  load.Stop();
  ASSERT_TRUE(line);
  EXPECT_EQ(load.failed(), 0);
  fmt::print("P8: {}; longest review before {:.1f} ms, meanwhile {:.1f} ms\n", *line, usual,
             longest);
}

}  // namespace
}  // namespace tidewaiter
