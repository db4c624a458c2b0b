#include "tests/support/process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tidewaiter {
namespace {

constexpr milliseconds kPoll{5};
constexpr milliseconds kStart{20'000};

struct Pipe {
  int read = -1;
  int write = -1;
};

Pipe MakePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  return {ends[0], ends[1]};
}

int PortAfter(const std::optional<std::string>& line, const std::string& start) {
  int port = 0;
  if (line) {
    std::from_chars(line->data() + start.size(), line->data() + line->size(), port);
  }
  return port;
}

}  // namespace

Process::Process(const std::string& binary, const std::vector<std::string>& arguments,
                 Stdout standard_output) {
  std::vector<std::string> words = {binary};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const Pipe error = MakePipe();
  const Pipe output = standard_output == Stdout::kPipe ? MakePipe() : Pipe{};
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  id_ = ::fork();
  if (id_ == 0) {
    // Only what is safe between fork and exec. Nobody is left to clean up after a test that died.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(standard_output == Stdout::kPipe ? output.write : nothing, STDOUT_FILENO);
    ::dup2(error.write, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(nothing);
  ::close(error.write);
  if (output.write >= 0) ::close(output.write);
  stdout_ = output.read;
  if (stdout_ >= 0) ::fcntl(stdout_, F_SETFL, O_NONBLOCK);
  collector_ = std::thread([this, fd = error.read] { CollectStandardError(fd); });
  if (id_ < 0) throw std::runtime_error("cannot start " + binary);
}

Process::~Process() {
  if (!WaitForExit(milliseconds(0))) {
    Signal(SIGKILL);
    WaitForExit(milliseconds(10'000));
  }
  collector_.join();
  if (stdout_ >= 0) ::close(stdout_);
}

void Process::CollectStandardError(int fd) {
  std::array<char, 4096> buffer;
  ssize_t n = 0;
  while ((n = ::read(fd, buffer.data(), buffer.size())) > 0 || (n < 0 && errno == EINTR)) {
    const std::lock_guard lock(mutex_);
    if (n > 0) stderr_.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(fd);
  const std::lock_guard lock(mutex_);
  stderr_ended_ = true;
}

void Process::Signal(int signal) const {
  if (!exit_) ::kill(id_, signal);
}

std::optional<int> Process::WaitForExit(milliseconds limit) {
  const Clock::time_point until = Clock::now() + limit;
  while (!exit_) {
    int status = 0;
    if (::waitpid(id_, &status, WNOHANG) == id_) {
      exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (Clock::now() >= until) {
      break;
    } else {
      std::this_thread::sleep_for(kPoll);
    }
  }
  return exit_;
}

std::optional<std::string> Process::WaitForText(const std::string& start,
                                                milliseconds limit) const {
  const Clock::time_point until = Clock::now() + limit;
  while (true) {
    std::unique_lock lock(mutex_);
    const std::size_t found = stderr_.find(start);
    const std::size_t end = stderr_.find('\n', found);
    if (found != std::string::npos && end != std::string::npos) {
      return stderr_.substr(found, end - found);
    }
    if (stderr_ended_ || Clock::now() >= until) return std::nullopt;
    lock.unlock();
    std::this_thread::sleep_for(kPoll);
  }
}

std::string Process::StandardError() const {
  const std::lock_guard lock(mutex_);
  return stderr_;
}

std::string Process::ReadStandardOutput() const {
  std::string text;
  std::array<char, 16 << 10> buffer;
  ssize_t n = 0;
  while ((n = ::read(stdout_, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return text;
}

std::string RunToEnd(const std::string& binary, const std::vector<std::string>& arguments,
                     int& code) {
  constexpr milliseconds kLimit{60'000};
  Process process(binary, arguments, Stdout::kPipe);
  const Clock::time_point until = Clock::now() + kLimit;
  std::string text;
  while (!process.WaitForExit(milliseconds(0)) && Clock::now() < until) {
    pollfd wait{process.standard_output(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(kPoll.count()));
    text += process.ReadStandardOutput();
  }
  text += process.ReadStandardOutput();
  code = process.WaitForExit(milliseconds(0)).value_or(-1);
  return text;
}

Webhook::Webhook(const WebhookOptions& options)
    : certificates_(options.certificates.empty() ? folder_.path() : options.certificates),
      log_file_(options.log_file.empty() ? folder_.path() + "/decisions.jsonl" : options.log_file) {
  if (options.certificates.empty()) MakeCertificates(certificates_);
  std::vector<std::string> arguments = {"serve",
                                        "--listen",
                                        "127.0.0.1:0",
                                        "--health-listen",
                                        "127.0.0.1:0",
                                        "--cert-file",
                                        certificates_ + "/tls.crt",
                                        "--key-file",
                                        certificates_ + "/tls.key",
                                        "--decision-log",
                                        options.log_to_pipe ? "-" : log_file_};
  if (!options.policies.empty()) {
    std::ofstream(folder_.path() + "/policies.yaml") << options.policies;
    arguments.insert(arguments.end(), {"--policies", folder_.path() + "/policies.yaml"});
  }
  arguments.insert(arguments.end(), options.flags.begin(), options.flags.end());
  process_ = std::make_unique<Process>(options.binary, arguments,
                                       options.log_to_pipe ? Stdout::kPipe : Stdout::kDiscard);
  const std::string serving = "serving on https://127.0.0.1:";
  const std::string probes = "probes and metrics on http://127.0.0.1:";
  port_ = PortAfter(process_->WaitForText(serving, kStart), serving);
  health_port_ = PortAfter(process_->WaitForText(probes, milliseconds(0)), probes);
  if (port_ == 0 || health_port_ == 0) {
    throw std::runtime_error("the webhook did not start: " + process_->StandardError());
  }
}

std::unique_ptr<Client> Webhook::Connect(const std::string& source) const {
  auto client = std::make_unique<Client>(port_, source);
  if (!client->StartTls(tls())) throw std::runtime_error("no TLS connection from " + source);
  return client;
}

HttpResponse Webhook::Post(const std::string& path, const std::string& body) const {
  const auto client = Connect();
  client->Send(PostBytes(path, body));
  return client->ReadResponse().value_or(HttpResponse());
}

HttpResponse Webhook::GetHealth(const std::string& path) const {
  Client client(health_port_);
  client.Send(GetBytes(path));
  return client.ReadResponse().value_or(HttpResponse());
}

double Webhook::Metric(const std::string& name) const {
  for (const std::string& line : Lines(GetHealth("/metrics").body)) {
    if (line.starts_with(name + " ")) return std::strtod(line.c_str() + name.size(), nullptr);
  }
  return 0;
}

std::vector<std::string> Webhook::LogLines() const { return Lines(ReadWholeFile(log_file_)); }

std::vector<std::string> Webhook::LogLinesWith(const std::string& pointer,
                                               const std::string& value) const {
  std::vector<std::string> lines = LogLines();
  std::erase_if(lines, [&](const std::string& line) { return JsonAt(line, pointer) != value; });
  return lines;
}

void MakeCertificates(const std::string& folder) {
  int code = -1;
  RunToEnd(TIDEWAITER, {"cert", "--out", folder}, code);
  if (code != 0) throw std::runtime_error("cannot make a certificate");
}

bool WaitUntil(const std::function<bool()>& holds, milliseconds limit) {
  const Clock::time_point until = Clock::now() + limit;
  while (!holds()) {
    if (Clock::now() >= until) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

std::size_t CountOf(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string ReadWholeFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace tidewaiter
