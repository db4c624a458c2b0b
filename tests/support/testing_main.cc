#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "webhook/cli/command.h"

// The program with two checks that the shipped one must not have: they make it slow or make it
// fail. The environment says how often it looks at files that nobody tells of.
namespace tidewaiter {
namespace {

constexpr std::chrono::milliseconds kSleep{10};

struct Params {};

CheckKind TestKind(const char* id,
                   std::vector<Violation> (*check)(const AdmissionRequest&, const Params&)) {
  return {id,
          "only for tests",
          "nothing can be done",
          {.operations = {Operation::kCreate, Operation::kUpdate}, .pod_specs = true},
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
  return tidewaiter::RunCli(argc, argv, checks, tidewaiter::LimitsFromEnvironment());
}
