#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace asio::ssl {
class context;
}

namespace tidewaiter {

// A serving certificate with its key, ready for connections. Immutable; each connection keeps the
// one that it began with.
class TlsContext {
 public:
  // Certificate chain (the server's own first) and key as PEM. `client_ca`, if not empty, is what a
  // caller's certificate must be signed by. Null, and `error`, if they cannot be read or do not
  // belong together.
  static std::shared_ptr<TlsContext> Make(const std::string& certificate, const std::string& key,
                                          const std::string& client_ca, std::string& error);
  ~TlsContext();

  std::chrono::system_clock::time_point not_after() const { return not_after_; }
  asio::ssl::context& native() { return *context_; }

 private:
  TlsContext();

  std::unique_ptr<asio::ssl::context> context_;
  std::chrono::system_clock::time_point not_after_;
};

}  // namespace tidewaiter
