#include <fmt/core.h>

#include <CLI/App.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "webhook/base/certificate.h"
#include "webhook/base/digest.h"
#include "webhook/base/file.h"
#include "webhook/cli/command.h"

namespace tidewaiter {
namespace {

constexpr std::size_t kMaxPem = 1 << 20;

struct Options {
  std::string out = ".";
  std::string service;
  std::string name_space = "tidewaiter";
  std::vector<std::string> names;
  std::string also_trust;
  int days = 365;
  bool secret = false;
};

// The first certificate of a file; "" if there is no such file: nothing was served before.
std::optional<std::string> FirstCertificate(const std::string& path, std::string& error) {
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----\n";
  std::error_code ignored;
  if (path.empty() || !std::filesystem::exists(path, ignored)) return "";
  const std::optional<std::string> text = ReadFile(path, kMaxPem, error);
  if (!text) return std::nullopt;
  const std::size_t start = text->find("-----BEGIN CERTIFICATE-----\n");
  const std::size_t end = text->find(kEnd);
  if (start == std::string::npos || end == std::string::npos || end < start) {
    error = "no certificate in PEM in " + path;
    return std::nullopt;
  }
  return text->substr(start, end + kEnd.size() - start);
}

std::string SecretYaml(const Options& options, const PemPair& serving, const std::string& bundle) {
  return fmt::format(
      "apiVersion: v1\n"
      "kind: Secret\n"
      "metadata:\n"
      "  name: {}-tls\n"
      "  namespace: {}\n"
      "type: kubernetes.io/tls\n"
      "data:\n"
      "  ca.crt: {}\n"
      "  tls.crt: {}\n"
      "  tls.key: {}\n",
      options.service, options.name_space, bundle, Base64(serving.certificate),
      Base64(serving.key));
}

// A JSON patch (RFC 6902) for the two webhooks of the configuration.
std::string BundlePatch(const std::string& bundle) {
  constexpr std::string_view kOperation =
      R"({{"op":"add","path":"/webhooks/{}/clientConfig/caBundle","value":"{}"}})";
  return "[" + fmt::format(kOperation, 0, bundle) + ",\n " + fmt::format(kOperation, 1, bundle) +
         "]\n";
}

bool WriteSecret(const Options& options, const PemPair& serving, const std::string& trusted,
                 bool to_files, std::string& error) {
  const std::string bundle = Base64(trusted);
  const std::string secret = SecretYaml(options, serving, bundle);
  if (!to_files) {
    fmt::print("# caBundle: {}\n{}", bundle, secret);
    return true;
  }
  const std::string base = options.out + "/";
  if (!WriteFile(base + "secret.yaml", secret, 0600, error) ||
      !WriteFile(base + "ca-bundle.json", BundlePatch(bundle), 0644, error)) {
    return false;
  }
  fmt::print("wrote {0}secret.yaml and {0}ca-bundle.json: ECDSA P-256, {1} days\n", base,
             options.days);
  return true;
}

bool WriteFiles(const Options& options, const PemPair& serving, const std::string& trusted,
                std::string& error) {
  const std::string base = options.out + "/";
  // The authority's key is not written: nobody can make a second certificate that clients trust.
  const bool written = WriteFile(base + "ca.crt", trusted, 0644, error) &&
                       WriteFile(base + "tls.crt", serving.certificate, 0644, error) &&
                       WriteFile(base + "tls.key", serving.key, 0600, error);
  if (!written) return false;
  fmt::print("wrote {0}ca.crt (the caBundle), {0}tls.crt and {0}tls.key: ECDSA P-256, {1} days\n",
             base, options.days);
  return true;
}

int Run(const Options& options, bool out_given) {
  const auto fail = [](const std::string& error) {
    fmt::print(stderr, "tidewaiter: {}\n", error);
    return static_cast<int>(kUsage);
  };
  if (options.secret && options.service.empty()) return fail("--secret needs --service");
  CertificateRequest request;
  request.days = options.days;
  if (!options.service.empty()) request.names = ServiceNames(options.service, options.name_space);
  request.names.insert(request.names.end(), options.names.begin(), options.names.end());
  if (request.names.empty()) request.names = {"localhost", "127.0.0.1", "::1"};
  std::string error;
  const std::optional<std::string> old = FirstCertificate(options.also_trust, error);
  if (!old) return fail(error);
  const auto made = MakeServingCertificate(request, error);
  if (!made) return fail(error);
  const bool to_files = !options.secret || out_given;
  std::error_code failed;
  if (to_files) std::filesystem::create_directories(options.out, failed);
  const std::string trusted = made->authority.certificate + *old;
  const bool written = options.secret
                           ? WriteSecret(options, made->serving, trusted, to_files, error)
                           : WriteFiles(options, made->serving, trusted, error);
  if (!written) return fail(error);
  if (!to_files) return kClean;
  for (const std::string& name : request.names) fmt::print("  {}\n", name);
  return kClean;
}

}  // namespace

Command AddCert(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::Option* const out = app.add_option("--out", options->out, "Folder for what is made")
                               ->type_name("DIR")
                               ->envname("TIDEWAITER_OUT")
                               ->capture_default_str();
  app.add_flag("--secret", options->secret,
               "Print a Secret NAME-tls for the Service NAME, and its caBundle; with --out, write "
               "them as secret.yaml and, a JSON patch for the configuration, ca-bundle.json")
      ->envname("TIDEWAITER_SECRET");
  app.add_option("--service", options->service,
                 "Service that the API server calls: its names go into the certificate")
      ->type_name("NAME")
      ->envname("TIDEWAITER_SERVICE");
  app.add_option("--namespace,-n", options->name_space, "Namespace of the Service")
      ->type_name("NAME")
      ->envname("TIDEWAITER_NAMESPACE")
      ->capture_default_str();
  app.add_option("--name", options->names,
                 "Another DNS name or IP address (repeatable; without any: localhost)")
      ->type_name("NAME")
      ->envname("TIDEWAITER_NAME");
  app.add_option("--also-trust", options->also_trust,
                 "The ca.crt in use: its first certificate goes into the new one as well, so that "
                 "callers trust both while servers change over (none there: passed over)")
      ->type_name("FILE")
      ->envname("TIDEWAITER_ALSO_TRUST");
  app.add_option("--days", options->days, "Days until it expires")
      ->check(CLI::Range(1, 3650))
      ->envname("TIDEWAITER_DAYS")
      ->capture_default_str();
  app.footer(
      "Examples:\n"
      "  tidewaiter cert --out certs --service tidewaiter -n tidewaiter\n"
      "  tidewaiter cert --out certs --name localhost --name 127.0.0.1\n"
      "  tidewaiter cert --secret --service tidewaiter | kubectl apply -f -");
  return [options, out] { return Run(*options, out->count() > 0); };
}

}  // namespace tidewaiter
