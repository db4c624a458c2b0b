#include <fmt/core.h>

#include <CLI/App.hpp>
#include <filesystem>
#include <memory>

#include "webhook/base/certificate.h"
#include "webhook/base/file.h"
#include "webhook/cli/command.h"

namespace tidewaiter {
namespace {

struct Options {
  std::string out = ".";
  std::string service;
  std::string name_space = "tidewaiter";
  std::vector<std::string> names;
  int days = 365;
};

int Run(const Options& options) {
  CertificateRequest request;
  request.days = options.days;
  if (!options.service.empty()) request.names = ServiceNames(options.service, options.name_space);
  request.names.insert(request.names.end(), options.names.begin(), options.names.end());
  if (request.names.empty()) request.names = {"localhost", "127.0.0.1", "::1"};
  std::string error;
  const auto made = MakeServingCertificate(request, error);
  if (!made) {
    fmt::print(stderr, "tidewaiter: {}\n", error);
    return kUsage;
  }
  std::error_code failed;
  std::filesystem::create_directories(options.out, failed);
  const std::string base = options.out + "/";
  // The authority's key is not written: nobody can make a second certificate that clients trust.
  const bool written = WriteFile(base + "ca.crt", made->authority.certificate, 0644, error) &&
                       WriteFile(base + "tls.crt", made->serving.certificate, 0644, error) &&
                       WriteFile(base + "tls.key", made->serving.key, 0600, error);
  if (!written) {
    fmt::print(stderr, "tidewaiter: {}\n", error);
    return kUsage;
  }
  fmt::print("wrote {0}ca.crt (the caBundle), {0}tls.crt and {0}tls.key: ECDSA P-256, {1} days\n",
             base, options.days);
  for (const std::string& name : request.names) fmt::print("  {}\n", name);
  return kClean;
}

}  // namespace

Command AddCert(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  app.add_option("--out", options->out, "Folder for ca.crt, tls.crt and tls.key")
      ->type_name("DIR")
      ->envname("TIDEWAITER_OUT")
      ->capture_default_str();
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
  app.add_option("--days", options->days, "Days until it expires")
      ->check(CLI::Range(1, 3650))
      ->envname("TIDEWAITER_DAYS")
      ->capture_default_str();
  app.footer(
      "Examples:\n"
      "  tidewaiter cert --out certs --service tidewaiter -n tidewaiter\n"
      "  tidewaiter cert --out certs --name localhost --name 127.0.0.1");
  return [options] { return Run(*options); };
}

}  // namespace tidewaiter
