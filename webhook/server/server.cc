#include "webhook/server/server.h"

#include <fmt/core.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <map>
#include <utility>

#include "webhook/base/text.h"
#include "webhook/evidence/decision_log.h"
#include "webhook/server/event_loop.h"
#include "webhook/server/health.h"
#include "webhook/server/policy_store.h"
#include "webhook/server/reloader.h"
#include "webhook/server/review_handler.h"

namespace tidewaiter {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds kAlive{5000};
constexpr milliseconds kPoll{50};
constexpr std::chrono::seconds kRefusalReport{10};
constexpr rlim_t kReservedDescriptors = 64;
constexpr int kLogFlushMilliseconds = 1000;

// As many connections as there are descriptors for them, whatever was asked for.
void FitToDescriptors(Limits& limits, OperationalLog& log) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t room =
      limit.rlim_cur > 2 * kReservedDescriptors ? limit.rlim_cur - kReservedDescriptors : 16;
  if (limits.max_connections <= room) return;
  limits.max_connections = static_cast<std::size_t>(room);
  log.Warning(
      fmt::format("only {} descriptors may be open; at most {} connections", limit.rlim_cur, room));
}

}  // namespace

struct Server::Impl {
  Impl(ServerOptions server_options, OperationalLog& operational_log)
      : options(std::move(server_options)), log(operational_log) {}

  ServerOptions options;
  OperationalLog& log;
  Metrics metrics;
  ExceptionMetrics exceptions;
  std::unique_ptr<DecisionLog> decisions;
  std::unique_ptr<PolicyStore> policies;
  std::unique_ptr<CertificateStore> certificate;
  std::unique_ptr<ReviewHandler> reviews;
  // The ports outlive their listeners, whose connections use them.
  std::unique_ptr<Port> webhook_port;
  std::unique_ptr<Port> health_port;
  std::unique_ptr<Listener> webhook;
  std::unique_ptr<Listener> health;
  std::unique_ptr<Reloader> reloader;
  std::atomic<bool> draining = false;

  asio::io_context io{1};
  asio::signal_set signals{io, SIGTERM, SIGINT, SIGHUP};
  asio::steady_timer timer{io};
  SteadyClock::time_point drain_started;
  bool accepting = true;
  SteadyClock::time_point refusals_reported = SteadyClock::now();
  std::map<std::string, std::uint64_t> reported;

  bool Start();
  void DescribeMetrics();
  std::vector<HealthCheck> ReadyChecks();
  void AwaitSignal();
  void OnSignal(int signal);
  void Poll();
  bool Drained();
  void ReportRefusals();
};

bool Server::Impl::Start() {
  const auto fail = [this](const std::string& error) {
    log.Error(error);
    return false;
  };
  ::signal(SIGPIPE, SIG_IGN);
  FitToDescriptors(options.limits, log);
  std::string error;
  certificate = CertificateStore::Open(options.certificate, metrics, log, error);
  if (!certificate) return fail(error);
  policies = std::make_unique<PolicyStore>(std::move(options.policies), options.policy_origin,
                                           options.checks, metrics, log);
  decisions = DecisionLog::Open(options.decision_log, error);
  if (!decisions) return fail(error);

  reviews = std::make_unique<ReviewHandler>([this] { return policies->Get(); }, options.mode,
                                            metrics, exceptions);
  webhook_port = std::make_unique<Port>("webhook", options.limits, metrics);
  webhook_port->tls = [this] { return certificate->Get(); };
  webhook_port->log = decisions.get();
  health_port = std::make_unique<Port>("health", options.limits, metrics);
  const auto review = [this](Path path) {
    return [this, path](HttpRequest& request, HttpAnswer& answer) {
      reviews->Handle(path, request, answer);
    };
  };
  const std::size_t threads = options.threads == 0 ? UsableCores() : options.threads;
  webhook = Listener::Open(
      options.listen, *webhook_port,
      {{"POST", "/validate", review(Path::kValidate)}, {"POST", "/detect", review(Path::kDetect)}},
      threads, error);
  if (!webhook) return fail(error);
  std::vector<HealthCheck> live = {
      {"event-loops", true, [this](std::string&) { return webhook->Alive(kAlive); }}};
  health = Listener::Open(options.health_listen, *health_port,
                          HealthRoutes(std::move(live), ReadyChecks(), metrics), 1, error);
  if (!health) return fail(error);
  DescribeMetrics();
  webhook->Start();
  health->Start();
  reloader = std::make_unique<Reloader>(std::vector<Reloadable*>{policies.get(), certificate.get()},
                                        options.limits.file_poll, log);
  reloader->Start();
  return true;
}

std::vector<HealthCheck> Server::Impl::ReadyChecks() {
  return {
      {"policies", true,
       [this](std::string& detail) {
         const auto set = policies->Get();
         detail = fmt::format("{}, revision {}", Count(set->policies.size(), "policy", "policies"),
                              FormatRevision(set->revision));
         return !set->policies.empty();
       }},
      {"certificate", true,
       [this](std::string& detail) {
         const auto left = certificate->Get()->not_after() - std::chrono::system_clock::now();
         const auto days = std::chrono::duration_cast<std::chrono::hours>(left).count() / 24;
         detail = fmt::format("{} days left", days);
         return left > std::chrono::system_clock::duration::zero();
       }},
      {"canary", true, [](std::string&) { return CanaryHolds(); }},
      {"draining", true, [this](std::string&) { return !draining; }},
      // What is in force serves on; but somebody should look at the files.
      {"policy-files", false, [this](std::string&) { return !policies->failing(); }},
      {"certificate-files", false, [this](std::string&) { return !certificate->failing(); }},
      {"decision-log", false, [this](std::string&) { return !decisions->failing(); }},
  };
}

void Server::Impl::DescribeMetrics() {
  metrics.Expect(options.mode, policies->Get());
  metrics.AddInfo("tidewaiter_build_info", "The version of the program.", [this] {
    return Metrics::Labels{{"version", options.version}};
  });
  metrics.AddInfo("tidewaiter_policies_info", "The set of policies in force.", [this] {
    const auto set = policies->Get();
    return Metrics::Labels{{"digest", set->revision.digest}, {"commit", set->revision.commit}};
  });
  metrics.AddGauge("tidewaiter_policies", "Policies in force.",
                   [this] { return static_cast<double>(policies->Get()->policies.size()); });
  exceptions.Describe(metrics, [this] { return policies->Get(); });
  metrics.AddCounter("tidewaiter_decision_log_written_total", "Lines written to the decision log.",
                     [this] { return static_cast<double>(decisions->written()); });
  metrics.AddCounter("tidewaiter_decision_log_dropped_total",
                     "Lines that the decision log could not take.",
                     [this] { return static_cast<double>(decisions->dropped()); });
  metrics.AddGauge("tidewaiter_decision_log_failing",
                   "1 while the decision log takes no lines: the last one was lost.",
                   [this] { return decisions->failing() ? 1.0 : 0.0; });
  metrics.AddGauge("tidewaiter_connections", "Open connections of the webhook's port.",
                   [this] { return static_cast<double>(webhook_port->guard.connections()); });
  metrics.AddGauge("tidewaiter_body_bytes_in_flight", "Bytes of request bodies in memory.",
                   [this] { return static_cast<double>(webhook_port->bodies.used()); });
  metrics.AddGauge("tidewaiter_certificate_expiry_timestamp_seconds",
                   "When the serving certificate ends, in seconds since 1970.", [this] {
                     return static_cast<double>(
                         std::chrono::system_clock::to_time_t(certificate->Get()->not_after()));
                   });
}

void Server::Impl::AwaitSignal() {
  signals.async_wait([this](asio::error_code error, int signal) {
    if (error) return;
    OnSignal(signal);
    AwaitSignal();
  });
}

void Server::Impl::OnSignal(int signal) {
  if (signal == SIGHUP) {
    std::string error;
    if (decisions->Reopen(error)) {
      log.Info("reopened the decision log");
    } else {
      log.Error(error);
    }
    return reloader->ReloadNow();
  }
  if (draining) ::_exit(130);
  log.Info(fmt::format("shutting down; accepting for another {} s",
                       options.limits.shutdown_delay.count()));
  drain_started = SteadyClock::now();
  draining = true;
  webhook_port->draining = true;
}

void Server::Impl::Poll() {
  ReportRefusals();
  if (draining && Drained()) return io.stop();
  timer.expires_after(kPoll);
  timer.async_wait([this](asio::error_code error) {
    if (!error) Poll();
  });
}

// Goes through the steps of an orderly end; true at its last.
bool Server::Impl::Drained() {
  const auto elapsed = SteadyClock::now() - drain_started;
  // The delay is always waited for in full: so long do endpoints lead new requests here.
  if (elapsed < options.limits.shutdown_delay) return false;
  if (accepting) {
    accepting = false;
    webhook->StopAccepting();
    return false;
  }
  return webhook->connections() == 0 || elapsed >= options.limits.shutdown;
}

// Peers that misbehave are counted, and told of now and then in one line: a flood of them must not
// become a flood of lines.
void Server::Impl::ReportRefusals() {
  if (SteadyClock::now() - refusals_reported < kRefusalReport) return;
  refusals_reported = SteadyClock::now();
  std::map<std::string, std::uint64_t> refusals = metrics.Refusals();
  std::string text;
  for (const auto& [reason, count] : refusals) {
    const std::uint64_t fresh = count - reported[reason];
    if (fresh > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", fresh, reason);
  }
  reported = std::move(refusals);
  if (!text.empty()) log.Warning("refused since the last report: " + text);
}

Server::Server(ServerOptions options, OperationalLog& log)
    : impl_(std::make_unique<Impl>(std::move(options), log)) {}
Server::~Server() = default;

bool Server::Start() { return impl_->Start(); }
std::string Server::endpoint() const { return impl_->webhook->endpoint(); }
std::string Server::health_endpoint() const { return impl_->health->endpoint(); }

int Server::Run() {
  impl_->AwaitSignal();
  impl_->Poll();
  impl_->io.run();
  impl_->decisions->Flush(kLogFlushMilliseconds);
  impl_->log.Info(fmt::format("ended; {} decisions written, {} dropped",
                              impl_->decisions->written(), impl_->decisions->dropped()));
  return 0;
}

}  // namespace tidewaiter
