#include "tests/support/tls_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <stdexcept>

// Before the first header of RapidJSON: a wrong use is an exception, not an end of the program.
#define RAPIDJSON_ASSERT(condition) \
  ((condition) ? void() : throw std::logic_error("RapidJSON: " #condition))
#define RAPIDJSON_NOEXCEPT_ASSERT(condition) static_cast<void>(0)
#include <fmt/core.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace tidewaiter {
namespace {

// poll() for one socket until then; what happened, 0 for nothing.
short Await(int fd, short events, Clock::time_point until) {
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - Clock::now()).count();
    pollfd wait{fd, events, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready > 0) return wait.revents;
    if (ready == 0 && left <= 0) return 0;
    if (ready < 0 && errno != EINTR) return 0;
  }
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// The head of an answer, without the empty line that ends it.
HttpResponse ParseHead(std::string_view head) {
  HttpResponse response;
  std::size_t end = head.find("\r\n");
  const std::string_view status_line = head.substr(0, end);
  if (status_line.starts_with("HTTP/1.1 ") && status_line.size() >= 12) {
    std::from_chars(status_line.data() + 9, status_line.data() + 12, response.status);
  }
  while (end != std::string_view::npos) {
    head.remove_prefix(end + 2);
    end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    response.headers[Lower(std::string(line.substr(0, colon)))] = line.substr(colon + 2);
  }
  return response;
}

std::string FreshUid() {
  static std::atomic<int> next = 0;
  return fmt::format("uid-{}-{}", ::getpid(), ++next);
}

std::string Joined(std::string_view members) {
  return members.empty() ? "" : "," + std::string(members);
}

}  // namespace

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string HttpResponse::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Client::Client(int port, const std::string& source) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  sockaddr_in from{};
  from.sin_family = AF_INET;
  ::inet_pton(AF_INET, source.c_str(), &from.sin_addr);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // The kernel of the other side accepts at once, or refuses at once.
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
      ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 ||
      ::fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
    ::close(fd);
    return;
  }
  fd_ = fd;
}

Client::~Client() {
  SSL_free(tls_);
  SSL_CTX_free(context_);
  if (fd_ >= 0) ::close(fd_);
}

bool Client::PrepareTls(const TlsOptions& options) {
  context_ = SSL_CTX_new(TLS_client_method());
  if (SSL_CTX_load_verify_locations(context_, options.ca_file.c_str(), nullptr) != 1) return false;
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  if (options.max_version != 0) {
    // What is old is refused by the client's own library too, unless it is told not to.
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_, options.max_version);
  }
  tls_ = SSL_new(context_);
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_), "127.0.0.1");
  SSL_set_bio(tls_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(tls_);
  return true;
}

bool Client::StartTls(const TlsOptions& options, milliseconds limit) {
  return connected() && PrepareTls(options) && Handshake(Clock::now() + limit);
}

std::string Client::ServerSerial() const {
  const X509* const certificate = SSL_get0_peer_certificate(tls_);
  BIGNUM* const number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* const text = BN_bn2hex(number);
  std::string serial = text;
  OPENSSL_free(text);
  BN_free(number);
  return serial;
}

std::string Client::ClientHello(const TlsOptions& options) {
  if (!PrepareTls(options)) return "";
  SSL_do_handshake(tls_);
  return TakeRecords();
}

bool Client::Renegotiate(milliseconds limit) {
  return SSL_renegotiate(tls_) == 1 && Handshake(Clock::now() + limit);
}

bool Client::Handshake(Clock::time_point until) {
  while (true) {
    const int done = SSL_do_handshake(tls_);
    const int error = SSL_get_error(tls_, done);
    if (!WriteToSocket(TakeRecords(), until)) return false;
    if (done == 1) return true;
    if (error != SSL_ERROR_WANT_READ || !Pump(until)) return false;
  }
}

std::string Client::TakeRecords() {
  std::string records(BIO_ctrl_pending(SSL_get_wbio(tls_)), '\0');
  if (!records.empty()) {
    BIO_read(SSL_get_wbio(tls_), records.data(), static_cast<int>(records.size()));
  }
  return records;
}

std::string Client::Encrypt(std::string_view plain) {
  std::string records;
  while (!plain.empty()) {
    const int n = SSL_write(tls_, plain.data(), static_cast<int>(plain.size()));
    if (n <= 0) break;
    plain.remove_prefix(static_cast<std::size_t>(n));
    records += TakeRecords();
  }
  return records;
}

bool Client::Send(std::string_view bytes, milliseconds limit) {
  return SendRaw(tls_ == nullptr ? std::string(bytes) : Encrypt(bytes), limit);
}

bool Client::SendRaw(std::string_view bytes, milliseconds limit) {
  return WriteToSocket(bytes, Clock::now() + limit);
}

bool Client::WriteToSocket(std::string_view bytes, Clock::time_point until) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      const short events = Await(fd_, POLLOUT | POLLIN, until);
      if (events == 0 || (events & POLLIN) != 0) return false;
    } else {
      return false;
    }
  }
  return true;
}

// Moves bytes from the socket to where TLS, or the caller, finds them.
bool Client::Pump(Clock::time_point until) {
  if (ending_ != Ending::kNone || Await(fd_, POLLIN, until) == 0) return false;
  std::array<char, 16 << 10> buffer;
  const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (n > 0 && tls_ != nullptr) {
    BIO_write(SSL_get_rbio(tls_), buffer.data(), static_cast<int>(n));
  } else if (n > 0) {
    received_.append(buffer.data(), static_cast<std::size_t>(n));
  } else {
    ending_ = n == 0 ? Ending::kClosed : Ending::kReset;
  }
  return n > 0;
}

bool Client::ReadMore(Clock::time_point until) {
  if (!connected()) return false;
  if (tls_ == nullptr) return Pump(until);
  while (true) {
    std::array<char, 16 << 10> buffer;
    const int n = SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()));
    if (n > 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(n));
      return true;
    }
    // A goodbye of TLS, or an alert, is followed by the end of the connection.
    if (!Pump(until)) return false;
  }
}

HttpResponse Client::ReadHead(milliseconds limit) {
  const Clock::time_point until = Clock::now() + limit;
  std::size_t end = received_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (!ReadMore(until)) return {};
    end = received_.find("\r\n\r\n");
  }
  HttpResponse response = ParseHead(std::string_view(received_).substr(0, end));
  received_.erase(0, end + 4);
  return response;
}

std::optional<HttpResponse> Client::ReadResponse(milliseconds limit) {
  const Clock::time_point until = Clock::now() + limit;
  HttpResponse response = ReadHead(limit);
  if (response.status == 0) return std::nullopt;
  std::size_t length = 0;
  const std::string text = response.Header("content-length");
  std::from_chars(text.data(), text.data() + text.size(), length);
  while (received_.size() < length) {
    if (!ReadMore(until)) return std::nullopt;
  }
  response.body = received_.substr(0, length);
  received_.erase(0, length);
  return response;
}

Ending Client::WaitForEnd(milliseconds limit) {
  const Clock::time_point until = Clock::now() + limit;
  while (ReadMore(until)) {
  }
  return ending_;
}

std::optional<double> DripUntilEnd(Client& client, const std::vector<std::string>& pieces,
                                   Clock::time_point start, milliseconds limit) {
  constexpr milliseconds kInterval{50};
  for (std::size_t i = 0; SecondsSince(start) * 1000 < static_cast<double>(limit.count()); ++i) {
    if (i < pieces.size()) client.SendRaw(pieces[i]);
    if (client.WaitForEnd(kInterval) != Ending::kNone) return SecondsSince(start);
  }
  return std::nullopt;
}

std::string PostBytes(std::string_view path, std::string_view body, std::string_view more_headers) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: tidewaiter.tidewaiter.svc:443\r\n"
      "User-Agent: kube-apiserver-admission\r\nContent-Length: {}\r\n"
      "Accept: application/json, */*\r\nContent-Type: application/json\r\n"
      "Accept-Encoding: gzip\r\n{}\r\n{}",
      path, body.size(), more_headers, body);
}

std::string GetBytes(std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
}

std::string JsonAt(const std::string& json, const std::string& pointer) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(
      json.data(), json.size());
  if (document.HasParseError()) return "<not JSON>";
  const rapidjson::Value* const value =
      rapidjson::Pointer(pointer.c_str(), pointer.size()).Get(document);
  if (value == nullptr) return "<absent>";
  if (value->IsString()) return {value->GetString(), value->GetStringLength()};
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value->Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::string Review::ToJson() const {
  return fmt::format(
      R"({{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"{}",)"
      R"("kind":{{"group":"{}","version":"{}","kind":"{}"}},)"
      R"("resource":{{"group":"{}","version":"{}","resource":"{}"}},"subResource":"{}",)"
      R"("name":"{}","namespace":"shop","operation":"{}",)"
      R"("userInfo":{{"username":"admin","groups":["system:masters","system:authenticated"]}},)"
      R"("object":{},"oldObject":{},"dryRun":{},"options":null}}}})",
      uid.empty() ? FreshUid() : uid, group, version, kind, group, version, resource, sub_resource,
      name, operation, object.empty() ? PodJson() : object, old_object, dry_run);
}

std::string PodJson(std::string_view container_members, std::string_view spec_members,
                    std::string_view metadata_members) {
  return fmt::format(
      R"({{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"web","namespace":"shop"{}}},)"
      R"("spec":{{"containers":[{{"name":"app"{}{}}}]{}}}}})",
      Joined(metadata_members),
      container_members.find("\"image\"") == std::string_view::npos ? R"(,"image":"nginx")" : "",
      Joined(container_members), Joined(spec_members));
}

std::string PrivilegedPodJson() { return PodJson(R"("securityContext":{"privileged":true})"); }

std::string ManyContainersJson(int count, std::string_view container_members) {
  std::string containers;
  for (int i = 0; i < count; ++i) {
    containers += fmt::format(R"({}{{"name":"c{}","image":"nginx"{}}})", i == 0 ? "" : ",", i,
                              Joined(container_members));
  }
  return fmt::format(
      R"({{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"web","namespace":"shop"}},)"
      R"("spec":{{"containers":[{}]}}}})",
      containers);
}

std::string ReviewOfSize(std::size_t bytes) {
  Review review{.uid = FreshUid()};
  const auto with_padding = [&](std::size_t padding) {
    review.object = PodJson(
        "", "", fmt::format(R"("annotations":{{"padding":"{}"}})", std::string(padding, 'x')));
    return review.ToJson();
  };
  return with_padding(bytes - with_padding(0).size());
}

}  // namespace tidewaiter
