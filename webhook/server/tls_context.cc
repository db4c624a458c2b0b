#include "webhook/server/tls_context.h"

#include <fmt/core.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <asio/ssl/context.hpp>
#include <ctime>

namespace tidewaiter {
namespace {

std::chrono::system_clock::time_point NotAfter(SSL_CTX* context) {
  std::tm tm{};
  const X509* const certificate = SSL_CTX_get0_certificate(context);
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1) {
    return {};
  }
  return std::chrono::system_clock::from_time_t(::timegm(&tm));
}

}  // namespace

TlsContext::TlsContext()
    : context_(std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server)) {}
TlsContext::~TlsContext() = default;

std::shared_ptr<TlsContext> TlsContext::Make(const std::string& certificate, const std::string& key,
                                             const std::string& client_ca, std::string& error) {
  std::shared_ptr<TlsContext> made(new TlsContext());
  asio::ssl::context& context = made->native();
  SSL_CTX* const native = context.native_handle();
  asio::error_code failed;
  const auto fail = [&](std::string_view what) {
    error = fmt::format("{}: {}", what, failed.message());
    return nullptr;
  };
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // client-go never resumes a session, so tickets and a session cache are only a cost.
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  context.use_certificate_chain(asio::buffer(certificate), failed);
  if (failed) return fail("cannot read the certificate");
  context.use_private_key(asio::buffer(key), asio::ssl::context::pem, failed);
  if (failed) return fail("cannot use the private key with this certificate");
  if (SSL_CTX_check_private_key(native) != 1) {
    error = "the private key does not belong to the certificate";
    return nullptr;
  }
  if (!client_ca.empty()) {
    context.add_certificate_authority(asio::buffer(client_ca), failed);
    if (failed) return fail("cannot read the client CA");
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  made->not_after_ = NotAfter(native);
  return made;
}

}  // namespace tidewaiter
