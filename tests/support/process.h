#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/support/tls_client.h"

namespace tidewaiter {

enum class Stdout {
  kDiscard,
  kPipe,  // the test reads it, or does not
};

// A program that runs. It is killed when its owner goes, and when the thread that started it ends.
class Process {
 public:
  Process(const std::string& binary, const std::vector<std::string>& arguments,
          Stdout standard_output = Stdout::kDiscard);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t id() const { return id_; }
  void Signal(int signal) const;

  // The exit code, or 128 + the signal that ended it; nothing if it still runs at the limit.
  std::optional<int> WaitForExit(milliseconds limit);

  // The text from `start` on in the first line of stderr that holds it; nothing at the limit,
  // or if the program ends without it.
  std::optional<std::string> WaitForText(const std::string& start, milliseconds limit) const;
  std::string StandardError() const;

  // The end of the pipe that the test may read; it does not block.
  int standard_output() const { return stdout_; }
  // What can be read from it now.
  std::string ReadStandardOutput() const;

 private:
  void CollectStandardError(int fd);

  pid_t id_ = -1;
  std::optional<int> exit_;
  int stdout_ = -1;
  mutable std::mutex mutex_;
  std::string stderr_;
  bool stderr_ended_ = false;
  std::thread collector_;
};

// Runs a program to its end, and gives what it wrote to stdout. `code` is its exit code.
std::string RunToEnd(const std::string& binary, const std::vector<std::string>& arguments,
                     int& code);

struct WebhookOptions {
  std::string binary = TIDEWAITER;
  std::vector<std::string> flags = {};  // of `serve`, beside those that every test needs
  std::string policies = "";            // a policy file's text; empty: the profile that is shipped
  bool log_to_pipe = false;             // the decision log goes to stdout, a pipe
  std::string log_file = "";            // empty: a file in a folder of its own
  std::string certificates = "";        // a folder with tls.crt, tls.key, ca.crt; empty: fresh ones
};

// The webhook, serving on ports of its own choice, with a certificate and a decision log of its
// own.
class Webhook {
 public:
  explicit Webhook(const WebhookOptions& options = {});

  int port() const { return port_; }
  int health_port() const { return health_port_; }
  TlsOptions tls() const { return {certificates_ + "/ca.crt"}; }
  Process& process() { return *process_; }
  pid_t process_id() const { return process_->id(); }
  const std::string& log_file() const { return log_file_; }

  // A connection through TLS.
  std::unique_ptr<Client> Connect(const std::string& source = "127.0.0.1") const;
  // A request on a connection of its own; status 0 if there is no answer.
  HttpResponse Post(const std::string& path, const std::string& body) const;
  HttpResponse GetHealth(const std::string& path) const;
  // The value of a metric, as `tidewaiter_connections` or `name{label="value"}`; 0 if it is absent.
  double Metric(const std::string& name) const;

  // The lines of the decision log, without their line feeds; one that is torn is the last.
  std::vector<std::string> LogLines() const;
  // Those with this value at a JSON pointer.
  std::vector<std::string> LogLinesWith(const std::string& pointer, const std::string& value) const;

 private:
  TemporaryFolder folder_;
  std::string certificates_;
  std::string log_file_;
  std::unique_ptr<Process> process_;
  int port_ = 0;
  int health_port_ = 0;
};

// The files tls.crt, tls.key and ca.crt for 127.0.0.1, made by `tidewaiter cert`.
void MakeCertificates(const std::string& folder);

// Waits until something holds. False if it does not within the limit.
bool WaitUntil(const std::function<bool()>& holds, milliseconds limit = milliseconds(10'000));

std::size_t CountOf(std::string_view text, std::string_view part);

std::vector<std::string> Lines(const std::string& text);
std::string ReadWholeFile(const std::string& path);

}  // namespace tidewaiter
