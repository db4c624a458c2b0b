#pragma once

#include <openssl/types.h>

#include <string>

namespace tidewaiter {

struct IssuedCertificate {
  std::string chain;   // PEM, the server's own first
  std::string key;     // PEM
  std::string serial;  // of the server's own, as Client::ServerSerial() gives it
};

struct IssueOptions {
  std::string key_type = "EC";  // "EC" (P-256), "RSA" (2048 bits), "ED25519"
  int seconds = 3600;           // until it ends; negative: it has ended
  bool intermediate = false;    // signed by an authority between it and the root
};

// An authority of the tests' own, which signs what the program's `cert` cannot make.
class TestAuthority {
 public:
  TestAuthority();
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  std::string certificate() const;  // PEM: what clients trust
  // A certificate for 127.0.0.1.
  IssuedCertificate Issue(const IssueOptions& options = {}) const;

 private:
  EVP_PKEY* key_;
  X509* certificate_;
};

}  // namespace tidewaiter
