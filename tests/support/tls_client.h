#pragma once

#include <openssl/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A peer of the webhook: an honest one that speaks as kube-apiserver does, or a hostile one that
// sends what bytes it likes, when it likes.
namespace tidewaiter {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

double SecondsSince(Clock::time_point start);

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;

  std::string Header(const std::string& name) const;  // "" if there is none
  bool closes() const { return Header("connection") == "close"; }
};

// How the other side ended a connection. An orderly TLS end and a plain one count alike.
enum class Ending { kNone, kClosed, kReset };

struct TlsOptions {
  std::string ca_file;
  int max_version = 0;  // 0: the newest
};

// One blocking connection to 127.0.0.1. Every call has a time limit. TLS runs over buffers in
// memory, so that its records too can be sent in any pieces.
class Client {
 public:
  // Connects from `source`, an address of 127.0.0.0/8.
  explicit Client(int port, const std::string& source = "127.0.0.1");
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return fd_ >= 0; }

  // The handshake, with the server's certificate checked. False if it fails.
  bool StartTls(const TlsOptions& options, milliseconds limit = milliseconds(10'000));
  // The serial number of the server's certificate, in hexadecimal.
  std::string ServerSerial() const;
  // The first bytes of a handshake, which are left to the caller to send.
  std::string ClientHello(const TlsOptions& options);
  // Asks for a new handshake on the same connection (TLS 1.2). False if it is refused.
  bool Renegotiate(milliseconds limit = milliseconds(2000));

  // Sends through TLS, if that has been started. False if the connection ended, or if an answer
  // came before all was sent.
  bool Send(std::string_view bytes, milliseconds limit = milliseconds(10'000));
  // The TLS records for `plain`.
  std::string Encrypt(std::string_view plain);
  // Sends as it is, past TLS.
  bool SendRaw(std::string_view bytes, milliseconds limit = milliseconds(10'000));

  // One whole answer; nothing if the connection ends or the limit passes before its last byte.
  std::optional<HttpResponse> ReadResponse(milliseconds limit = milliseconds(10'000));

  // The head of an answer, whatever stands where it should begin; status 0 if that is no answer.
  HttpResponse ReadHead(milliseconds limit = milliseconds(10'000));

  // Reads and drops what comes until the other side ends the connection; kNone if it does not.
  Ending WaitForEnd(milliseconds limit);
  // How the connection ended, as far as has been read.
  Ending ending() const { return ending_; }

 private:
  bool PrepareTls(const TlsOptions& options);
  bool Pump(Clock::time_point until);
  bool Handshake(Clock::time_point until);
  bool WriteToSocket(std::string_view bytes, Clock::time_point until);
  std::string TakeRecords();
  // Reads what is there, waiting for it until then. False at the end or at the limit.
  bool ReadMore(Clock::time_point until);

  int fd_ = -1;
  SSL_CTX* context_ = nullptr;
  SSL* tls_ = nullptr;
  std::string received_;  // and decrypted, if there is TLS
  Ending ending_ = Ending::kNone;
};

// Sends one of the pieces every 50 ms, past TLS, until the other side ends the connection; after
// the last piece it only waits. The seconds since `start`, or nothing if it did not end within
// `limit`.
std::optional<double> DripUntilEnd(Client& client, const std::vector<std::string>& pieces,
                                   Clock::time_point start, milliseconds limit);

// A POST as kube-apiserver sends it.
std::string PostBytes(std::string_view path, std::string_view body,
                      std::string_view more_headers = "");
std::string GetBytes(std::string_view path);

// The value at a JSON pointer: a string as it is, another value as JSON. "<absent>" if there is
// none,
// "<not JSON>" if the text is not valid JSON in valid UTF-8.
std::string JsonAt(const std::string& json, const std::string& pointer);

// An AdmissionReview. Members are written as they are: `uid` and `name` as the inside of a JSON
// string, the objects as JSON.
struct Review {
  std::string uid = "";  // empty: a fresh one
  std::string operation = "CREATE";
  std::string group = "";
  std::string version = "v1";
  std::string kind = "Pod";
  std::string resource = "pods";
  std::string sub_resource = "";
  std::string name = "web";
  std::string object = "";  // empty: a pod that no policy objects to
  std::string old_object = "null";
  bool dry_run = false;

  std::string ToJson() const;
};

// A Pod with one container of image nginx; what is given is added to the container, and to the pod.
std::string PodJson(std::string_view container_members = "", std::string_view spec_members = "",
                    std::string_view metadata_members = "");
std::string PrivilegedPodJson();
// A pod of so many containers: c0, c1, ... with what is given added to each.
std::string ManyContainersJson(int count, std::string_view container_members = "");

// A review of a clean pod whose JSON has exactly so many bytes.
std::string ReviewOfSize(std::size_t bytes);

}  // namespace tidewaiter
