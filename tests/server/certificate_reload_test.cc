// Rows C-02, C-04 to C-06: certificates that change, and those that are no good.

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>

#include "tests/support/certificates.h"
#include "tests/support/process.h"

namespace tidewaiter {
namespace {

namespace fs = std::filesystem;

class CertificateReload : public testing::Test {
 protected:
  CertificateReload() { folder_.Write("ca.crt", authority_.certificate()); }

  void Write(const IssuedCertificate& issued) const {
    folder_.Write("tls.crt", issued.chain);
    folder_.Write("tls.key", issued.key);
  }
  WebhookOptions Options(std::vector<std::string> flags = {}) const {
    return {.flags = std::move(flags), .certificates = folder_.path()};
  }
  // What a new connection sees; "" if there is none.
  static std::string Serial(const Webhook& webhook) {
    Client client(webhook.port());
    return client.StartTls(webhook.tls()) ? client.ServerSerial() : "";
  }
  static double Reloads(const Webhook& webhook, const std::string& result) {
    return webhook.Metric(
        fmt::format("tidewaiter_reloads_total{{result=\"{}\",what=\"certificate\"}}", result));
  }
  static double Failing(const Webhook& webhook) {
    return webhook.Metric("tidewaiter_reload_failing{what=\"certificate\"}");
  }

  const TemporaryFolder folder_;
  const TestAuthority authority_;
};

TEST_F(CertificateReload, AConnectionKeepsTheOneItBeganWith) {
  const IssuedCertificate first = authority_.Issue();
  const IssuedCertificate second = authority_.Issue({.seconds = 5000});
  Write(first);
  const Webhook webhook(Options());
  const auto kept = webhook.Connect();
  EXPECT_EQ(kept->ServerSerial(), first.serial);
  const double expiry = webhook.Metric("tidewaiter_certificate_expiry_timestamp_seconds");
  Write(second);
  EXPECT_TRUE(WaitUntil([&] { return Serial(webhook) == second.serial; }, milliseconds(2000)));
  EXPECT_NEAR(webhook.Metric("tidewaiter_certificate_expiry_timestamp_seconds") - expiry, 1400, 60);
  kept->Send(PostBytes("/validate", Review{}.ToJson()));
  EXPECT_TRUE(kept->ReadResponse());
  EXPECT_EQ(Failing(webhook), 0);
}

TEST_F(CertificateReload, C02_WhatCannotBeUsedChangesNothing) {
  const IssuedCertificate good = authority_.Issue();
  const IssuedCertificate other = authority_.Issue();
  Write(good);
  Webhook webhook(Options());
  const std::string told = "serving the old one on: ";
  const struct Row {
    const char* what;
    std::function<void()> break_it;
    const char* reason;
  } rows[] = {
      {"key of another certificate", [&] { folder_.Write("tls.key", other.key); }, "mismatch"},
      {"truncated certificate",
       [&] { folder_.Write("tls.crt", good.chain.substr(0, good.chain.size() / 2)); },
       "cannot read the certificate"},
      {"truncated key", [&] { folder_.Write("tls.key", good.key.substr(0, good.key.size() / 2)); },
       "cannot use the private key"},
      {"empty certificate", [&] { folder_.Write("tls.crt", ""); }, "cannot read the certificate"},
      {"empty key", [&] { folder_.Write("tls.key", ""); }, "cannot use the private key"},
      {"no certificate", [&] { fs::remove(folder_.Path("tls.crt")); }, "No such file"},
      {"a folder",
       [&] {
         fs::remove(folder_.Path("tls.key"));
         fs::create_directory(folder_.Path("tls.key"));
       },
       "Is a directory"},
      {"too large", [&] { folder_.Write("tls.crt", std::string(2 << 20, 'x')); }, "larger than"},
      {"expired", [&] { Write(authority_.Issue({.seconds = -60})); }, "has expired at 20"},
  };
  double failed = 0;
  double unchanged = 0;
  for (const Row& row : rows) {
    row.break_it();
    EXPECT_TRUE(WaitUntil([&] { return Reloads(webhook, "failed") > failed; })) << row.what;
    EXPECT_TRUE(WaitUntil([&] {
      return webhook.process().StandardError().find(row.reason) != std::string::npos;
    })) << row.what;
    EXPECT_EQ(Serial(webhook), good.serial) << row.what;
    EXPECT_EQ(Failing(webhook), 1) << row.what;
    const HttpResponse ready = webhook.GetHealth("/readyz?verbose");
    EXPECT_EQ(ready.status, 200) << row.what;
    EXPECT_NE(ready.body.find("[-]certificate-files warning"), std::string::npos) << ready.body;
    failed = Reloads(webhook, "failed");
    EXPECT_EQ(static_cast<double>(CountOf(webhook.process().StandardError(), told)), failed);
    if (fs::is_directory(folder_.Path("tls.key"))) fs::remove(folder_.Path("tls.key"));
    Write(good);
    EXPECT_TRUE(WaitUntil([&] { return Failing(webhook) == 0; })) << row.what;
    EXPECT_EQ(Reloads(webhook, "unchanged"), ++unchanged) << row.what;
  }
  EXPECT_EQ(webhook.process().StandardError().find("PRIVATE KEY"), std::string::npos);
}

TEST_F(CertificateReload, C02_ToldOnceForEachContent) {
  Write(authority_.Issue());
  ::setenv("TIDEWAITER_TESTING_POLL_MS", "50", 1);
  WebhookOptions options = Options();
  options.binary = TIDEWAITER_TESTING;
  Webhook webhook(options);
  ::unsetenv("TIDEWAITER_TESTING_POLL_MS");
  folder_.Write("tls.key", "no key");
  EXPECT_TRUE(WaitUntil([&] { return Failing(webhook) == 1; }));
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_EQ(Reloads(webhook, "failed"), 1);
  EXPECT_EQ(CountOf(webhook.process().StandardError(), "serving the old one on"), 1u);
  webhook.process().Signal(SIGHUP);  // who asks is told again
  EXPECT_TRUE(WaitUntil([&] { return Reloads(webhook, "failed") == 2; }));
}

TEST_F(CertificateReload, TheClientAuthority) {
  Write(authority_.Issue());
  folder_.Write("client-ca.crt", authority_.certificate());
  const TestAuthority other;
  Webhook webhook(Options({"--client-ca-file", folder_.Path("client-ca.crt")}));
  folder_.Write("client-ca.crt", "nobody");
  EXPECT_TRUE(WaitUntil([&] { return Failing(webhook) == 1; }));
  EXPECT_TRUE(webhook.process().WaitForText("cannot read the client CA", milliseconds(5000)));
  folder_.Write("client-ca.crt", other.certificate());
  EXPECT_TRUE(WaitUntil([&] { return Failing(webhook) == 0; }));
  EXPECT_EQ(Reloads(webhook, "loaded"), 1);
}

TEST_F(CertificateReload, C04_ExpiredAtTheStart) {
  Write(authority_.Issue({.seconds = -60}));
  Webhook webhook(Options());
  EXPECT_TRUE(webhook.process().WaitForText("certificate has expired", milliseconds(5000)));
  EXPECT_EQ(webhook.GetHealth("/readyz").status, 503);
  EXPECT_EQ(webhook.GetHealth("/livez").status, 200);
  // It is served all the same: the handshake fails only because this client looks at the time.
  const IssuedCertificate good = authority_.Issue();
  EXPECT_EQ(Serial(webhook), "");
  Write(good);
  EXPECT_TRUE(WaitUntil([&] { return Serial(webhook) == good.serial; }));
  EXPECT_EQ(webhook.GetHealth("/readyz").status, 200);
}

TEST_F(CertificateReload, C04_ExpiresLater) {
  Write(authority_.Issue({.seconds = 3}));
  ::setenv("TIDEWAITER_TESTING_POLL_MS", "100", 1);
  WebhookOptions options = Options();
  options.binary = TIDEWAITER_TESTING;
  Webhook webhook(options);
  ::unsetenv("TIDEWAITER_TESTING_POLL_MS");
  const auto kept = webhook.Connect();
  EXPECT_EQ(webhook.GetHealth("/readyz").status, 200);
  EXPECT_TRUE(WaitUntil([&] { return webhook.GetHealth("/readyz").status == 503; }));
  EXPECT_TRUE(webhook.process().WaitForText("certificate has expired", milliseconds(1000)));
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_EQ(CountOf(webhook.process().StandardError(), "certificate has expired"), 1u);
  kept->Send(PostBytes("/validate", Review{}.ToJson()));
  EXPECT_TRUE(kept->ReadResponse());
}

TEST_F(CertificateReload, C05_ChainWithAnIntermediate) {
  const IssuedCertificate first = authority_.Issue({.intermediate = true});
  const IssuedCertificate second = authority_.Issue({.intermediate = true});
  Write(first);
  const Webhook webhook(Options());
  EXPECT_EQ(Serial(webhook), first.serial);  // verified with the root alone
  Write(second);
  EXPECT_TRUE(WaitUntil([&] { return Serial(webhook) == second.serial; }));
}

TEST_F(CertificateReload, C06_KeysOfEveryType) {
  Write(authority_.Issue());
  const Webhook webhook(Options());
  for (const char* const type : {"RSA", "ED25519", "EC"}) {
    const IssuedCertificate issued = authority_.Issue({.key_type = type});
    Write(issued);
    EXPECT_TRUE(WaitUntil([&] { return Serial(webhook) == issued.serial; })) << type;
  }
}

}  // namespace
}  // namespace tidewaiter
