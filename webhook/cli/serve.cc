#include <fmt/core.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

#include "webhook/base/certificate.h"
#include "webhook/base/file.h"
#include "webhook/base/text.h"
#include "webhook/cli/command.h"
#include "webhook/cli/policy_source.h"
#include "webhook/cli/result.h"
#include "webhook/server/policy_store.h"
#include "webhook/server/server.h"

namespace tidewaiter {
namespace {

constexpr std::string_view kExample =
    R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1",)"
    R"("operation":"CREATE","namespace":"shop","kind":{"group":"","version":"v1","kind":"Pod"},)"
    R"("object":{"metadata":{"name":"web"},"spec":{"containers":[{"name":"app","image":"nginx",)"
    R"("securityContext":{"privileged":true}}]}}}})";

struct Options {
  ServerOptions server;
  PolicySource policies;
  std::string mode = "enforce";
  std::string log_format;
  std::string log_level = "info";
  int shutdown_delay = 10;
  bool dev = false;
};

OperationalLog MakeLog(const Options& options) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const bool text = options.log_format == "text" || (options.log_format.empty() && terminal);
  const LogLevel level = options.log_level == "debug"     ? LogLevel::kDebug
                         : options.log_level == "warning" ? LogLevel::kWarning
                         : options.log_level == "error"   ? LogLevel::kError
                                                          : LogLevel::kInfo;
  return {text ? LogFormat::kText : LogFormat::kJson, level};
}

// It stands in lines, labels and audit annotations.
std::string IsRevision(const std::string& text) {
  constexpr std::size_t kMaxBytes = 128;
  const bool right = text.size() <= kMaxBytes && PrintableText(text) == text;
  return right ? ""
               : fmt::format("{} is not printable text of at most {} bytes", Quote(text, 64),
                             kMaxBytes);
}

// A throw-away certificate in a folder of its own, with its authority, so that a client can trust
// it.
bool MakeDevCertificate(CertificateFiles& files, std::string& folder, std::string& error) {
  const auto made = MakeServingCertificate({{"localhost", "127.0.0.1", "::1"}, 2}, error);
  if (!made) return false;
  folder = (std::filesystem::temp_directory_path() / "tidewaiter-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) {
    error = "cannot make a folder for the certificate";
    return false;
  }
  files = {folder + "/tls.crt", folder + "/tls.key", ""};
  return WriteFile(files.certificate, made->serving.certificate, 0644, error) &&
         WriteFile(files.key, made->serving.key, 0600, error) &&
         WriteFile(folder + "/ca.crt", made->authority.certificate, 0644, error);
}

int Run(Options& options, bool listen_given, bool health_given,
        const std::vector<CheckKind>& checks) {
  OperationalLog log = MakeLog(options);
  Diagnostics diagnostics;
  options.server.policies = options.policies.Read(checks, diagnostics);
  if (!options.server.policies) {
    WriteError(diagnostics.Render());
    log.Error("the policies have mistakes; not serving");
    return kUsage;
  }
  LogWarnings(diagnostics, log);
  options.server.policy_origin = options.policies;
  options.server.checks = checks;
  options.server.mode = options.mode == "audit" ? Mode::kAudit : Mode::kEnforce;
  options.server.limits.shutdown_delay = std::chrono::seconds(options.shutdown_delay);
  options.server.version = Version();
  if (options.dev && !listen_given) options.server.listen = "127.0.0.1:8443";
  if (options.dev && !health_given) options.server.health_listen = "127.0.0.1:8080";
  std::string error;
  std::string dev_folder;
  CertificateFiles& certificate = options.server.certificate;
  if (options.dev && !MakeDevCertificate(certificate, dev_folder, error)) {
    log.Error(error);
    return kUsage;
  }
  if (certificate.certificate.empty() || certificate.key.empty()) {
    log.Error(
        "--cert-file and --key-file are needed (or --dev, which makes a throw-away "
        "certificate); `tidewaiter cert` makes them");
    return kUsage;
  }
  const std::string policies = fmt::format(
      "{}, revision {}", Count(options.server.policies->policies.size(), "policy", "policies"),
      FormatRevision(options.server.policies->revision));
  Server server(std::move(options.server), log);
  if (!server.Start()) return kUsage;
  log.Info(fmt::format("probes and metrics on http://{}", server.health_endpoint()));
  if (options.mode == "audit") log.Info("audit mode: nothing is refused");
  if (options.dev) {
    fmt::print(stderr, "Try:\n  curl --cacert {}/ca.crt https://{}/validate -d '{}'\n", dev_folder,
               server.endpoint(), kExample);
  }
  fmt::print(stderr, "serving on https://{} ({})\n", server.endpoint(), policies);
  const int code = server.Run();
  if (!dev_folder.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(dev_folder, ignored);
  }
  return code;
}

}  // namespace

Command AddServe(CLI::App& app, const std::vector<CheckKind>& checks, const Limits& limits) {
  const auto options = std::make_shared<Options>();
  ServerOptions& server = options->server;
  server.limits = limits;
  CLI::Option* const listen =
      app.add_option("--listen", server.listen, "Address of the TLS port: /validate, /detect")
          ->type_name("ADDR:PORT")
          ->envname("TIDEWAITER_LISTEN")
          ->capture_default_str();
  CLI::Option* const health =
      app.add_option("--health-listen", server.health_listen,
                     "Address of the plain port: /livez, /readyz, /healthz, /metrics")
          ->type_name("ADDR:PORT")
          ->envname("TIDEWAITER_HEALTH_LISTEN")
          ->capture_default_str();
  app.add_option("--cert-file", server.certificate.certificate,
                 "Serving certificate with its chain, PEM")
      ->type_name("FILE")
      ->envname("TIDEWAITER_CERT_FILE");
  app.add_option("--key-file", server.certificate.key, "Its private key, PEM")
      ->type_name("FILE")
      ->envname("TIDEWAITER_KEY_FILE");
  app.add_option("--client-ca-file", server.certificate.client_ca,
                 "CA that a caller's certificate must be signed by (default: none is asked for)")
      ->type_name("FILE")
      ->envname("TIDEWAITER_CLIENT_CA_FILE");
  options->policies.AddFlags(app);
  app.add_option("--policy-revision", options->policies.commit,
                 "What the revision of the policies says (default: the git commit of their folder)")
      ->check(CLI::Validator(IsRevision, "TEXT", "revision"))
      ->type_name("TEXT")
      ->envname("TIDEWAITER_POLICY_REVISION");
  app.add_option("--mode", options->mode, "enforce, or audit: nothing is refused, all is recorded")
      ->check(CLI::IsMember({"enforce", "audit"}))
      ->envname("TIDEWAITER_MODE")
      ->capture_default_str();
  app.add_option("--decision-log", server.decision_log, "File for the decision log; - is stdout")
      ->type_name("PATH")
      ->envname("TIDEWAITER_DECISION_LOG")
      ->capture_default_str();
  app.add_option("--max-body", server.limits.max_body, "Largest review in bytes")
      ->check(CLI::Range(std::size_t{64 << 10}, std::size_t{64 << 20}))
      ->type_name("BYTES")
      ->envname("TIDEWAITER_MAX_BODY")
      ->capture_default_str();
  app.add_option("--max-connections", server.limits.max_connections, "Most open connections")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 20))
      ->type_name("N")
      ->envname("TIDEWAITER_MAX_CONNECTIONS")
      ->capture_default_str();
  app.add_option("--threads", server.threads, "Event loops (default: one for each usable core)")
      ->check(CLI::Range(1, 256))
      ->type_name("N")
      ->envname("TIDEWAITER_THREADS");
  app.add_option("--shutdown-delay", options->shutdown_delay,
                 "Seconds between SIGTERM and the end of accepting")
      ->check(CLI::Range(0, 20))
      ->type_name("SECONDS")
      ->envname("TIDEWAITER_SHUTDOWN_DELAY")
      ->capture_default_str();
  app.add_option("--log-format", options->log_format, "text or json (default: text on a terminal)")
      ->check(CLI::IsMember({"text", "json"}))
      ->envname("TIDEWAITER_LOG_FORMAT");
  app.add_option("--log-level", options->log_level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->envname("TIDEWAITER_LOG_LEVEL")
      ->capture_default_str();
  app.add_flag("--dev", options->dev, "Throw-away certificate, loopback, and a curl line to try")
      ->envname("TIDEWAITER_DEV");
  app.footer(
      "Examples:\n"
      "  tidewaiter serve --dev\n"
      "  tidewaiter serve --cert-file tls.crt --key-file tls.key --mode audit\n"
      "  tidewaiter serve --cert-file tls.crt --key-file tls.key --policies policies/");
  return [options, listen, health, &checks] {
    return Run(*options, listen->count() > 0, health->count() > 0, checks);
  };
}

}  // namespace tidewaiter
