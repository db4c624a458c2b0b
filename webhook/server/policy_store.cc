#include "webhook/server/policy_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "webhook/base/git_commit.h"
#include "webhook/base/text.h"
#include "webhook/policy/lint.h"

namespace tidewaiter {
namespace {

constexpr int kMostReadings = 10;
constexpr std::size_t kMaxDiagnostics = 8 << 10;  // container runtimes split lines at 16 KiB

// The files at one moment, or why they cannot be read.
struct Reading {
  std::optional<PolicyFiles> files;
  Diagnostics diagnostics;

  // The same for the same content.
  std::string Content() const {
    return files ? files->revision.digest : "unreadable: " + diagnostics.Summary();
  }
  bool SameAs(const Reading& other) const {
    return Content() == other.Content() &&
           (!files || files->revision.commit == other.files->revision.commit);
  }
};

Reading Read(const PolicyOrigin& origin) {
  Reading reading;
  reading.files = ReadPolicies(origin, reading.diagnostics);
  return reading;
}

// What two readings in a row agree on: while files are replaced or removed, one reading alone may
// hold a part of the old and a part of the new. Nothing if they never agree.
std::optional<Reading> Settle(Reading reading, const PolicyOrigin& origin) {
  for (int i = 0; i < kMostReadings; ++i) {
    Reading next = Read(origin);
    if (next.SameAs(reading)) return next;
    reading = std::move(next);
  }
  return std::nullopt;
}

// For one entry of the log.
std::string Shown(const Diagnostics& diagnostics) {
  std::string text(CutToBytes(diagnostics.Render(), kMaxDiagnostics));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

void LogWarnings(const Diagnostics& warnings, OperationalLog& log) {
  if (!warnings.all().empty()) log.Warning("the policies have warnings\n" + Shown(warnings));
}

PolicyStore::PolicyStore(std::shared_ptr<const PolicySet> first, PolicyOrigin origin,
                         std::vector<CheckKind> checks, Metrics& metrics, OperationalLog& log)
    : origin_(std::move(origin)),
      checks_(std::move(checks)),
      log_(log),
      status_(Reloaded::kPolicies, metrics, log),
      current_(std::move(first)) {}

std::vector<std::string> PolicyStore::Paths() const {
  std::vector<std::string> paths = origin_.paths;
  for (const std::string& path : origin_.paths) {
    if (!origin_.commit.empty()) break;
    const auto checkout = FindGitCheckout(path);
    if (checkout) paths.insert(paths.end(), checkout->files.begin(), checkout->files.end());
  }
  return paths;
}

bool PolicyStore::BeingWritten() const {
  return std::any_of(origin_.paths.begin(), origin_.paths.end(), [](const std::string& path) {
    const auto checkout = FindGitCheckout(path);
    std::error_code ignored;
    return checkout && !checkout->lock.empty() && std::filesystem::exists(checkout->lock, ignored);
  });
}

bool PolicyStore::Reload(bool asked) {
  std::erase_if(retired_, [](const auto& set) { return set.use_count() == 1; });
  const std::string serving = FormatRevision(Get()->revision);
  Reading first = Read(origin_);
  if (first.files && first.files->revision == Get()->revision) {
    status_.Unchanged(asked,
                      fmt::format("the policies are those that are served, revision {}", serving));
    return true;
  }
  const auto started = std::chrono::steady_clock::now();
  std::optional<Reading> reading = Settle(std::move(first), origin_);
  if (!reading) return false;
  const std::string content = reading->Content();
  if (!asked && status_.KnownToFail(content)) return true;
  std::optional<PolicySet> policies;
  if (reading->files) policies = ParsePolicies(*reading->files, checks_, reading->diagnostics);
  if (!policies) {
    status_.Failed(content, fmt::format("the policies have mistakes; serving revision {} on\n{}",
                                        serving, Shown(reading->diagnostics)));
    return true;
  }
  auto next = std::make_shared<const PolicySet>(std::move(*policies));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - started;
  const std::string line = fmt::format("loaded {}, revision {}, in {:.0f} ms",
                                       Count(next->policies.size(), "policy", "policies"),
                                       FormatRevision(next->revision), took.count());
  const bool is_new = next->revision.digest != Get()->revision.digest;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  LintPolicies(*next, now, DiagnosticSeverity::kWarning, reading->diagnostics);
  retired_.push_back(current_.Replace(std::move(next)));
  status_.Loaded(line);
  if (is_new) LogWarnings(reading->diagnostics, log_);
  return true;
}

}  // namespace tidewaiter
