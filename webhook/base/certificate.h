#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tidewaiter {

// A certificate and its private key, both as PEM.
struct PemPair {
  std::string certificate;
  std::string key;  // PKCS #8
};

struct ServingCertificate {
  PemPair authority;  // what clients trust: `caBundle` in a webhook configuration
  PemPair serving;
};

struct CertificateRequest {
  // Subject alternative names: DNS names and IP addresses. The first is the common name.
  std::vector<std::string> names;
  int days = 365;
};

// A new authority and a serving certificate signed by it, with ECDSA P-256 keys: one signature
// costs the server a tenth of what RSA-2048 costs it. Nothing, and `error`, if a name is not
// possible.
std::optional<ServingCertificate> MakeServingCertificate(const CertificateRequest& request,
                                                         std::string& error);

// The names under which a Service of a cluster is called: "webhook.ns.svc" is the one that the API
// server uses.
std::vector<std::string> ServiceNames(const std::string& service, const std::string& name_space);

}  // namespace tidewaiter
