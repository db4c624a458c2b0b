#pragma once

#include <memory>
#include <string>
#include <vector>

#include "webhook/server/current.h"
#include "webhook/server/reload_status.h"
#include "webhook/server/reloader.h"
#include "webhook/server/tls_context.h"

namespace tidewaiter {

// Names of PEM files.
struct CertificateFiles {
  std::string certificate;  // the server's own first, then its chain
  std::string key;
  std::string client_ca;  // empty: callers need no certificate
};

// The certificate that new connections get; a connection keeps the one that it began with. Files
// that cannot be read, do not belong together or have expired change nothing: the certificate in
// force stays, the reason is logged once for each content, and failing() says so.
class CertificateStore : public Reloadable {
 public:
  // Null, and `error`, if the files cannot be used. One that has expired can, with a line in the
  // log: a caller that does not look at the time is still served.
  static std::unique_ptr<CertificateStore> Open(CertificateFiles files, Metrics& metrics,
                                                OperationalLog& log, std::string& error);

  // From any thread.
  std::shared_ptr<TlsContext> Get() const { return current_.Get(); }
  bool failing() const { return status_.failing(); }
  bool expired() const;

  std::vector<std::string> Paths() const override;
  bool Reload(bool asked) override;

 private:
  CertificateStore(CertificateFiles files, std::string content, std::shared_ptr<TlsContext> first,
                   Metrics& metrics, OperationalLog& log);

  void TellIfExpired();

  const CertificateFiles files_;
  OperationalLog& log_;
  ReloadStatus status_;
  Current<TlsContext> current_;
  std::string content_;  // of the files in force: a digest, for one of them is secret
  bool told_expired_ = false;
};

}  // namespace tidewaiter
