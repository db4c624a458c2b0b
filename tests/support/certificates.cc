#include "tests/support/certificates.h"

#include <fmt/core.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

namespace tidewaiter {
namespace {

EVP_PKEY* NewKey(const std::string& type) {
  EVP_PKEY* const key = type == "RSA"  ? EVP_RSA_gen(2048)
                        : type == "EC" ? EVP_EC_gen("P-256")
                                       : EVP_PKEY_Q_keygen(nullptr, nullptr, type.c_str());
  if (key == nullptr) throw std::runtime_error("no key of type " + type);
  return key;
}

void Extend(X509* certificate, int nid, const char* value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Signed by the issuer, or by itself if there is none.
X509* NewCertificate(const std::string& name, EVP_PKEY* key, bool authority, int seconds,
                     X509* issuer, EVP_PKEY* issuer_key) {
  static std::atomic<long> serial = 0x1000;
  X509* const made = X509_new();
  X509_set_version(made, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(made), -7200);
  X509_gmtime_adj(X509_getm_notAfter(made), seconds);
  X509_set_pubkey(made, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made, X509_get_subject_name(issuer == nullptr ? made : issuer));
  Extend(made, NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!authority) Extend(made, NID_subject_alt_name, "IP:127.0.0.1");
  EVP_PKEY* const signer = issuer_key == nullptr ? key : issuer_key;
  if (X509_sign(made, signer, EVP_sha256()) == 0) throw std::runtime_error("cannot sign");
  return made;
}

template <class Write>
std::string Pem(Write write) {
  BIO* const memory = BIO_new(BIO_s_mem());
  write(memory);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

std::string CertificatePem(X509* certificate) {
  return Pem([&](BIO* memory) { PEM_write_bio_X509(memory, certificate); });
}

}  // namespace

TestAuthority::TestAuthority()
    : key_(NewKey("EC")),
      certificate_(NewCertificate("test root", key_, true, 7200, nullptr, nullptr)) {}

TestAuthority::~TestAuthority() {
  X509_free(certificate_);
  EVP_PKEY_free(key_);
}

std::string TestAuthority::certificate() const { return CertificatePem(certificate_); }

IssuedCertificate TestAuthority::Issue(const IssueOptions& options) const {
  X509* issuer = certificate_;
  EVP_PKEY* issuer_key = key_;
  if (options.intermediate) {
    issuer_key = NewKey("EC");
    issuer = NewCertificate("test intermediate", issuer_key, true, 7200, certificate_, key_);
  }
  EVP_PKEY* const key = NewKey(options.key_type);
  X509* const certificate =
      NewCertificate("test server", key, false, options.seconds, issuer, issuer_key);
  IssuedCertificate issued;
  issued.chain = CertificatePem(certificate);
  if (options.intermediate) issued.chain += CertificatePem(issuer);
  issued.key = Pem([&](BIO* memory) {
    PEM_write_bio_PKCS8PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  BIGNUM* const number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* const text = BN_bn2hex(number);
  issued.serial = text;
  OPENSSL_free(text);
  BN_free(number);
  X509_free(certificate);
  EVP_PKEY_free(key);
  if (options.intermediate) {
    X509_free(issuer);
    EVP_PKEY_free(issuer_key);
  }
  return issued;
}

}  // namespace tidewaiter
