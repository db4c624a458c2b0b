#include "webhook/base/certificate.h"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

#include "webhook/base/text.h"

namespace tidewaiter {
namespace {

struct Free {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
};
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Memory = std::unique_ptr<BIO, Free>;

constexpr long kSecondsPerDay = 24L * 60 * 60;
// A clock that runs behind ours must not find the certificate "not yet valid".
constexpr long kBackdateSeconds = 60L * 60;

bool IsAddress(const std::string& name) {
  std::array<unsigned char, 16> buffer;
  return ::inet_pton(AF_INET, name.c_str(), buffer.data()) == 1 ||
         ::inet_pton(AF_INET6, name.c_str(), buffer.data()) == 1;
}

// A DNS name of RFC 1123 labels; the first may be "*". Checked, because the names go into OpenSSL's
// configuration language.
bool IsDnsName(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  if (name.starts_with("*.")) name.remove_prefix(2);
  std::size_t label = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool last = i + 1 == name.size() || name[i + 1] == '.';
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (alnum || (c == '-' && label > 0 && !last)) {
      if (++label > 63) return false;
    } else {
      return false;
    }
  }
  return label > 0;
}

std::string ToPem(const Memory& memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

std::optional<PemPair> ToPem(X509* certificate, EVP_PKEY* key) {
  const Memory certificate_pem(BIO_new(BIO_s_mem()));
  const Memory key_pem(BIO_new(BIO_s_mem()));
  if (!certificate_pem || !key_pem || PEM_write_bio_X509(certificate_pem.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return std::nullopt;
  }
  return PemPair{ToPem(certificate_pem), ToPem(key_pem)};
}

bool AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// Version 3, a random serial of 127 bits, the validity and the subject; not yet signed.
Certificate Draft(const std::string& common_name, int days, EVP_PKEY* key) {
  Certificate certificate(X509_new());
  const std::unique_ptr<BIGNUM, Free> serial(BN_new());
  if (!certificate || !serial ||
      BN_rand(serial.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1 ||
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate.get())) == nullptr ||
      X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kBackdateSeconds) == nullptr ||
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * kSecondsPerDay) == nullptr ||
      X509_set_pubkey(certificate.get(), key) != 1) {
    return nullptr;
  }
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  // A common name has at most 64 characters (X.520); the names that count are the alternative ones.
  const std::string cut(CutToBytes(common_name, 64));
  if (X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(cut.c_str()), -1, -1,
                                 0) != 1) {
    return nullptr;
  }
  return certificate;
}

Certificate MakeAuthority(int days, EVP_PKEY* key) {
  Certificate authority = Draft("tidewaiter CA", days, key);
  if (!authority) return nullptr;
  X509* const x = authority.get();
  if (X509_set_issuer_name(x, X509_get_subject_name(x)) != 1 ||
      !AddExtension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !AddExtension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !AddExtension(x, x, NID_subject_key_identifier, "hash") ||
      X509_sign(x, key, EVP_sha256()) == 0) {
    return nullptr;
  }
  return authority;
}

Certificate MakeServing(const CertificateRequest& request, const std::string& alternative_names,
                        EVP_PKEY* key, X509* authority, EVP_PKEY* authority_key) {
  Certificate serving = Draft(request.names.front(), request.days, key);
  if (!serving) return nullptr;
  X509* const x = serving.get();
  if (X509_set_issuer_name(x, X509_get_subject_name(authority)) != 1 ||
      !AddExtension(x, authority, NID_basic_constraints, "critical,CA:FALSE") ||
      !AddExtension(x, authority, NID_key_usage, "critical,digitalSignature") ||
      !AddExtension(x, authority, NID_ext_key_usage, "serverAuth") ||
      !AddExtension(x, authority, NID_subject_key_identifier, "hash") ||
      !AddExtension(x, authority, NID_authority_key_identifier, "keyid") ||
      !AddExtension(x, authority, NID_subject_alt_name, alternative_names) ||
      X509_sign(x, authority_key, EVP_sha256()) == 0) {
    return nullptr;
  }
  return serving;
}

}  // namespace

std::optional<ServingCertificate> MakeServingCertificate(const CertificateRequest& request,
                                                         std::string& error) {
  if (request.names.empty()) {
    error = "a serving certificate needs at least one name";
    return std::nullopt;
  }
  std::string alternative_names;
  for (const std::string& name : request.names) {
    const bool address = IsAddress(name);
    if (!address && !IsDnsName(name)) {
      error = fmt::format("{} is neither a DNS name nor an IP address", Quote(name, 64));
      return std::nullopt;
    }
    alternative_names +=
        fmt::format("{}{}:{}", alternative_names.empty() ? "" : ",", address ? "IP" : "DNS", name);
  }
  const Key authority_key(EVP_EC_gen("P-256"));
  const Key serving_key(EVP_EC_gen("P-256"));
  const Certificate authority =
      authority_key ? MakeAuthority(request.days, authority_key.get()) : nullptr;
  const Certificate serving = authority && serving_key
                                  ? MakeServing(request, alternative_names, serving_key.get(),
                                                authority.get(), authority_key.get())
                                  : nullptr;
  if (!serving) {
    error = "OpenSSL could not make the certificate";
    return std::nullopt;
  }
  std::optional<PemPair> authority_pem = ToPem(authority.get(), authority_key.get());
  std::optional<PemPair> serving_pem = ToPem(serving.get(), serving_key.get());
  if (!authority_pem || !serving_pem) {
    error = "OpenSSL could not write the certificate";
    return std::nullopt;
  }
  return ServingCertificate{std::move(*authority_pem), std::move(*serving_pem)};
}

std::vector<std::string> ServiceNames(const std::string& service, const std::string& name_space) {
  const std::string base = fmt::format("{}.{}.svc", service, name_space);
  return {base, base + ".cluster.local", fmt::format("{}.{}", service, name_space), service};
}

}  // namespace tidewaiter
