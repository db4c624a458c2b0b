#include "webhook/base/certificate.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidewaiter {
namespace {

struct Free {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<X509> ReadCertificate(const std::string& pem) {
  const Owned<BIO> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Owned<X509>(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
}

Owned<EVP_PKEY> ReadKey(const std::string& pem) {
  const Owned<BIO> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Owned<EVP_PKEY>(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
}

ServingCertificate Make(const std::vector<std::string>& names, int days = 365) {
  std::string error;
  const auto made = MakeServingCertificate({names, days}, error);
  EXPECT_TRUE(made.has_value()) << error;
  return made.value_or(ServingCertificate());
}

// As a client does it that trusts the authority and asks for a TLS server: "ok", or why not.
std::string Verify(const ServingCertificate& made, const std::string& authority) {
  const Owned<X509> root = ReadCertificate(authority);
  const Owned<X509> leaf = ReadCertificate(made.serving.certificate);
  const Owned<X509_STORE> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), root.get());
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context.get()), X509_V_FLAG_X509_STRICT);
  X509_verify_cert(context.get());
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

bool HasName(const ServingCertificate& made, const std::string& name) {
  const Owned<X509> leaf = ReadCertificate(made.serving.certificate);
  return X509_check_host(leaf.get(), name.data(), name.size(), 0, nullptr) == 1;
}

bool HasAddress(const ServingCertificate& made, const char* address) {
  const Owned<X509> leaf = ReadCertificate(made.serving.certificate);
  return X509_check_ip_asc(leaf.get(), address, 0) == 1;
}

TEST(Certificate, AClientThatTrustsTheAuthorityVerifiesIt) {
  const ServingCertificate made = Make({"tidewaiter.tidewaiter.svc", "localhost"});
  EXPECT_EQ(Verify(made, made.authority.certificate), "ok");
  EXPECT_NE(Verify(made, Make({"localhost"}).authority.certificate), "ok");
}

TEST(Certificate, HasTheNamesAndNoOthers) {
  const ServingCertificate made =
      Make({"tidewaiter.ns.svc", "*.example.com", "127.0.0.1", "::1", "localhost"});
  for (const char* const name : {"tidewaiter.ns.svc", "a.example.com", "localhost"}) {
    EXPECT_TRUE(HasName(made, name)) << name;
  }
  for (const char* const name : {"other.ns.svc", "tidewaiter.ns", "example.com", "127.0.0.1"}) {
    EXPECT_FALSE(HasName(made, name)) << name;
  }
  EXPECT_TRUE(HasAddress(made, "127.0.0.1"));
  EXPECT_TRUE(HasAddress(made, "::1"));
  EXPECT_FALSE(HasAddress(made, "127.0.0.2"));
}

TEST(Certificate, KeysBelongToTheirCertificates) {
  const ServingCertificate made = Make({"localhost"});
  for (const PemPair* const pair : {&made.authority, &made.serving}) {
    const Owned<X509> certificate = ReadCertificate(pair->certificate);
    const Owned<EVP_PKEY> key = ReadKey(pair->key);
    ASSERT_TRUE(certificate && key);
    EXPECT_EQ(X509_check_private_key(certificate.get(), key.get()), 1);
    EXPECT_EQ(EVP_PKEY_get_base_id(key.get()), EVP_PKEY_EC);
    EXPECT_EQ(EVP_PKEY_get_bits(key.get()), 256);
    EXPECT_TRUE(
        pair->key.starts_with("-----BEGIN "
                              "PRIVATE KEY-----\n"));
  }
  EXPECT_NE(made.authority.key, made.serving.key);
}

TEST(Certificate, OnlyTheAuthorityMaySign) {
  const ServingCertificate made = Make({"localhost"});
  EXPECT_EQ(X509_check_ca(ReadCertificate(made.authority.certificate).get()), 1);
  EXPECT_EQ(X509_check_ca(ReadCertificate(made.serving.certificate).get()), 0);
}

TEST(Certificate, IsValidForTheDaysFromAnHourAgo) {
  const Owned<X509> leaf = ReadCertificate(Make({"localhost"}, 90).serving.certificate);
  int days = 0;
  int seconds = 0;
  ASSERT_EQ(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(leaf.get()),
                           X509_get0_notAfter(leaf.get())),
            1);
  EXPECT_EQ(days, 90);
  EXPECT_NEAR(seconds, 3600, 2);
  EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(leaf.get())), 0);
}

TEST(Certificate, SerialNumbersDiffer) {
  const Owned<X509> a = ReadCertificate(Make({"localhost"}).serving.certificate);
  const Owned<X509> b = ReadCertificate(Make({"localhost"}).serving.certificate);
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(a.get()), X509_get0_serialNumber(b.get())), 0);
}

TEST(Certificate, ALongNameIsPossible) {
  const std::string label(63, 'a');
  const std::string name = label + "." + label + ".svc";
  const ServingCertificate made = Make({name});
  EXPECT_EQ(Verify(made, made.authority.certificate), "ok");
  EXPECT_TRUE(HasName(made, name));
}

TEST(Certificate, ImpossibleNamesAreRefused) {
  const std::vector<std::string> names = {
      "",
      ".",
      "a..b",
      ".a",
      "a.",
      "-a",
      "a-",
      "a_b",
      "a b",
      "a,DNS:b",
      "a\nb",
      "email:x",
      "a*.b",
      "*",
      "*.",
      "a.*",
      "http://a",
      "[::1]",
      "::1%eth0",
      "é.de",
      std::string(64, 'a'),
      std::string(200, 'a') + "." + std::string(60, 'b'),
  };
  for (const std::string& name : names) {
    std::string error;
    EXPECT_EQ(MakeServingCertificate({{"localhost", name}, 1}, error), std::nullopt) << name;
    EXPECT_TRUE(error.ends_with(" is neither a DNS name nor an IP address")) << error;
  }
  std::string error;
  EXPECT_EQ(MakeServingCertificate({{}, 1}, error), std::nullopt);
  EXPECT_EQ(error, "a serving certificate needs at least one name");
}

TEST(Certificate, ServiceNames) {
  EXPECT_EQ(ServiceNames("webhook", "ns"),
            (std::vector<std::string>{"webhook.ns.svc", "webhook.ns.svc.cluster.local",
                                      "webhook.ns", "webhook"}));
}

}  // namespace
}  // namespace tidewaiter
