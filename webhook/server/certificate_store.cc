#include "webhook/server/certificate_store.h"

#include <fmt/core.h>

#include <chrono>
#include <utility>

#include "webhook/base/clock.h"
#include "webhook/base/digest.h"
#include "webhook/base/file.h"

namespace tidewaiter {
namespace {

using std::chrono::system_clock;

constexpr std::size_t kMaxPem = 1 << 20;

std::vector<std::string> NamesOf(const CertificateFiles& files) {
  std::vector<std::string> names = {files.certificate, files.key};
  if (!files.client_ca.empty()) names.push_back(files.client_ca);
  return names;
}

std::string ContentOf(const std::vector<std::string>& pems) {
  std::string all;
  for (const std::string& pem : pems) all += fmt::format("{}\n{}", pem.size(), pem);
  return Sha256Hex(all);
}

std::shared_ptr<TlsContext> MakeContext(const std::vector<std::string>& pems, std::string& error) {
  return TlsContext::Make(pems[0], pems[1], pems.size() > 2 ? pems[2] : "", error);
}

}  // namespace

std::unique_ptr<CertificateStore> CertificateStore::Open(CertificateFiles files, Metrics& metrics,
                                                         OperationalLog& log, std::string& error) {
  const auto pems = ReadFilesTogether(NamesOf(files), kMaxPem, error);
  if (!pems) return nullptr;
  std::shared_ptr<TlsContext> first = MakeContext(*pems, error);
  if (!first) return nullptr;
  std::unique_ptr<CertificateStore> store(
      new CertificateStore(std::move(files), ContentOf(*pems), std::move(first), metrics, log));
  store->TellIfExpired();
  return store;
}

CertificateStore::CertificateStore(CertificateFiles files, std::string content,
                                   std::shared_ptr<TlsContext> first, Metrics& metrics,
                                   OperationalLog& log)
    : files_(std::move(files)),
      log_(log),
      status_(Reloaded::kCertificate, metrics, log),
      current_(std::move(first)),
      content_(std::move(content)) {}

bool CertificateStore::expired() const { return Get()->not_after() <= system_clock::now(); }

std::vector<std::string> CertificateStore::Paths() const { return NamesOf(files_); }

bool CertificateStore::Reload(bool asked) {
  TellIfExpired();
  std::string error;
  const auto pems = ReadFilesTogether(NamesOf(files_), kMaxPem, error);
  const std::string content = pems ? ContentOf(*pems) : "unreadable";
  if (content == content_) {
    status_.Unchanged(asked, "the certificate is the one that is served");
    return true;
  }
  std::shared_ptr<TlsContext> next = pems ? MakeContext(*pems, error) : nullptr;
  if (next && next->not_after() <= system_clock::now()) {
    error = fmt::format("the certificate has expired at {}", FormatTime(next->not_after()));
    next = nullptr;
  }
  // A key may be replaced a moment after its certificate.
  std::string error_again;
  if (ReadFilesTogether(NamesOf(files_), kMaxPem, error_again) != pems) return false;
  if (!next) {
    const std::string failure = content + " " + error;
    if (!asked && status_.KnownToFail(failure)) return true;
    status_.Failed(failure, "the new certificate cannot be used; serving the old one on: " + error);
    return true;
  }
  const std::string until = FormatTime(next->not_after());
  current_.Replace(std::move(next));
  content_ = content;
  status_.Loaded(fmt::format("loaded a new certificate, valid until {}", until));
  return true;
}

void CertificateStore::TellIfExpired() {
  const bool now = expired();
  if (now && !told_expired_) {
    log_.Error("the serving certificate has expired; serving it all the same, but not ready");
  }
  told_expired_ = now;
}

}  // namespace tidewaiter
