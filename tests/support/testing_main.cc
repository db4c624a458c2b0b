#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "webhook/cli/command.h"

// The program with three checks that the shipped one must not have: they make it slow, make it
// fail, or find every request. The environment says how often it looks at files that nobody tells
// of.
namespace tidewaiter {
namespace {

constexpr std::chrono::milliseconds kSleep{10};

struct Params {};

CheckKind TestKind(const char* id,
                   std::vector<Violation> (*check)(const AdmissionRequest&, const Params&),
                   std::vector<Operation> operations = {Operation::kCreate, Operation::kUpdate}) {
  return {id,
          "only for tests",
          "nothing can be done",
          {.operations = std::move(operations), .pod_specs = true},
          Bind<Params>({}, check)};
}

std::vector<Violation> SleepForEachContainer(const AdmissionRequest& request, const Params&) {
  if (request.pod() == nullptr) return {};
  for ([[maybe_unused]] const Container& container : request.Containers(*request.pod())) {
    std::this_thread::sleep_for(kSleep);
  }
  return {};
}

std::vector<Violation> Throw(const AdmissionRequest&, const Params&) {
  throw std::runtime_error("the check testThrow throws");
}

// What the request says, as the field of a violation.
std::vector<Violation> NameRequest(const AdmissionRequest& request, const Params&) {
  std::string groups;
  for (const std::string_view group : request.user.groups) {
    groups += fmt::format("{}{}", groups.empty() ? "" : ",", group);
  }
  return {{fmt::format("{} {} {}{}{} {}/{} by {} ({}){}{}{}", OperationName(request.operation),
                       request.kind.kind, request.resource.resource,
                       request.sub_resource.empty() ? "" : "/", request.sub_resource,
                       request.name_space, request.name, request.user.username, groups,
                       request.object ? " object" : "", request.old_object ? " oldObject" : "",
                       request.dry_run ? " dryRun" : ""),
           "", "", "a request"}};
}

Limits LimitsFromEnvironment() {
  Limits limits;
  const char* const poll = std::getenv("TIDEWAITER_TESTING_POLL_MS");
  if (poll != nullptr) limits.file_poll = std::chrono::milliseconds(std::atol(poll));
  return limits;
}

}  // namespace
}  // namespace tidewaiter

int main(int argc, char** argv) {
  std::vector<tidewaiter::CheckKind> checks = tidewaiter::ShippedChecks();
  checks.push_back(tidewaiter::TestKind("testSleep", tidewaiter::SleepForEachContainer));
  checks.push_back(tidewaiter::TestKind("testThrow", tidewaiter::Throw));
  using enum tidewaiter::Operation;
  checks.push_back(tidewaiter::TestKind("testRequest", tidewaiter::NameRequest,
                                        {kCreate, kUpdate, kDelete, kConnect}));
  return tidewaiter::RunCli(argc, argv, checks, tidewaiter::LimitsFromEnvironment());
}
