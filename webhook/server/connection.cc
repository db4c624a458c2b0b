#include "webhook/server/connection.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/ssl/stream.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <cstring>
#include <optional>
#include <utility>

#include "webhook/server/http_head.h"

namespace tidewaiter {
namespace {

using asio::ip::tcp;

// One executor, known by its type: asio's any_io_executor costs an indirect call for each step.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<Connection::Clock, asio::wait_traits<Connection::Clock>, Executor>;
template <class T>
using awaitable = asio::awaitable<T, Executor>;
constexpr asio::use_awaitable_t<Executor> kAwaitable{};

constexpr std::size_t kReadBuffer = 16 << 10;  // a TLS record; larger than the largest head
constexpr std::size_t kBodyStep = 64 << 10;
// Whoever connects does so for a request, which is a moment behind; so long a connection is not
// idle.
constexpr std::chrono::seconds kFresh{1};

enum class Phase { kHandshake, kIdle, kHead, kBody, kAnswer, kDrain };

std::string_view TimeoutReason(Phase phase) {
  switch (phase) {
    case Phase::kHandshake:
      return "handshake_timeout";
    case Phase::kIdle:
      return "idle";
    case Phase::kHead:
      return "head_timeout";
    case Phase::kBody:
      return "body_timeout";
    case Phase::kAnswer:
      return "write_timeout";
    case Phase::kDrain:
      return "drained";
  }
  return "";
}

// Bytes of the body budget, given back at the end of a request whatever that end is.
class BodyLease {
 public:
  explicit BodyLease(BodyBudget& budget) : budget_(budget) {}
  ~BodyLease() { budget_.Return(taken_); }
  BodyLease(const BodyLease&) = delete;
  BodyLease& operator=(const BodyLease&) = delete;

  bool Take(std::size_t bytes) {
    if (!budget_.Take(bytes)) return false;
    taken_ += bytes;
    return true;
  }

 private:
  BodyBudget& budget_;
  std::size_t taken_ = 0;
};

class InFlight {
 public:
  explicit InFlight(std::atomic<std::uint64_t>& count) : count_(count) { ++count_; }
  ~InFlight() { --count_; }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

 private:
  std::atomic<std::uint64_t>& count_;
};

std::string RefusalBytes(const HttpRefusal& refusal) {
  const std::string body = fmt::format("{{\"error\":\"{}\"}}\n", refusal.reason);
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}"
      "Connection: close\r\n\r\n{}",
      refusal.status, ReasonPhrase(refusal.status), body.size(),
      refusal.status == 429 ? "Retry-After: 1\r\n" : "", body);
}

class TcpConnection : public Connection, public std::enable_shared_from_this<TcpConnection> {
 public:
  TcpConnection(asio::io_context& loop, int fd, std::string remote,
                std::unique_ptr<ConnectionGuard::Place> place, Port& port, HttpEngine& engine)
      : loop_(loop),
        socket_(loop),
        remote_(std::move(remote)),
        place_(std::move(place)),
        port_(port),
        engine_(engine),
        accepted_(Clock::now()) {
    asio::error_code ignored;
    // The address family only matters for calls that we never make on this socket.
    socket_.assign(tcp::v4(), fd, ignored);
    socket_.set_option(tcp::no_delay(true), ignored);
  }

  void Start() {
    place_->OnEvict([weak = weak_from_this(), &loop = loop_] {
      asio::post(loop, [weak] {
        if (const auto self = weak.lock()) self->Evicted();
      });
    });
    asio::co_spawn(
        loop_, [self = shared_from_this()] { return self->Run(); }, asio::detached);
  }

  void Sweep(Clock::time_point now) override {
    if (phase_ == Phase::kBody && !done_) {
      const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(now - entered_);
      const auto wanted =
          port_.limits.body_bytes_per_second * static_cast<std::size_t>(elapsed.count());
      if (elapsed.count() >= 1 && received_ < wanted) deadline_ = now;
    }
    if (done_ || now < deadline_) return;
    if (phase_ == Phase::kIdle) return CloseIdle();
    if (phase_ != Phase::kDrain) port_.metrics.Refused(TimeoutReason(phase_));
    Abort();
  }

  void CloseIfIdle(Clock::time_point now) override {
    if (phase_ == Phase::kIdle && now - entered_ >= kFresh) CloseIdle();
  }

  void Abort() override {
    asio::error_code ignored;
    socket_.close(ignored);
  }

  bool done() const override { return done_; }

 private:
  void Evicted() {
    port_.metrics.Refused("evicted");
    Abort();
  }

  // A request that has arrived is answered, though the loop was too busy to look at it: its bytes
  // are still in the socket, or have been read and wait for their coroutine, which no cancelling
  // takes them from.
  void CloseIdle() {
    asio::error_code ignored;
    if (socket_.available(ignored) > 0) return;
    if (Clock::now() >= deadline_) port_.metrics.Refused(TimeoutReason(phase_));
    socket_.cancel(ignored);
  }

  void Enter(Phase phase, std::chrono::milliseconds limit) {
    phase_ = phase;
    entered_ = Clock::now();
    deadline_ = entered_ + limit;
  }

  awaitable<void> Run() {
    // Whatever goes wrong with one connection ends that one only.
    try {
      if (port_.tls) {
        co_await RunTls();
      } else {
        co_await Serve(socket_);
      }
    } catch (const std::exception&) {
      port_.metrics.Refused("connection_failed");
    }
    Abort();
    place_.reset();
    done_ = true;
  }

  awaitable<void> RunTls() {
    Enter(Phase::kHandshake, port_.limits.handshake);
    asio::error_code error;
    // The TLS state costs 50 times what a socket costs, so it is made for the first byte.
    co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(kAwaitable, error));
    if (error) co_return;
    const std::shared_ptr<TlsContext> context = port_.tls();
    asio::ssl::stream<Socket&> stream(socket_, context->native());
    co_await stream.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(kAwaitable, error));
    if (error) {
      port_.metrics.Refused("handshake_failed");
      co_return;
    }
    co_await Serve(stream);
    // Says goodbye if the client still listens.
    Enter(Phase::kDrain, port_.limits.drain);
    co_await stream.async_shutdown(asio::redirect_error(kAwaitable, error));
    co_await Drain();
  }

  template <class Stream>
  awaitable<void> Serve(Stream& stream) {
    buffer_ = std::make_unique<std::array<char, kReadBuffer>>();
    while (co_await ServeRequest(stream)) {
    }
    if (refused_) {
      asio::error_code ignored;
      Enter(Phase::kDrain, port_.limits.drain);
      if constexpr (std::is_same_v<Stream, Socket>) {
        socket_.shutdown(Socket::shutdown_send, ignored);
        co_await Drain();
      }
    }
  }

  // Reads on for a moment after a refusal, so that our close does not destroy the answer.
  awaitable<void> Drain() {
    asio::error_code error;
    std::size_t drained = 0;
    while (refused_ && !error && drained < port_.limits.drain_bytes) {
      drained += co_await socket_.async_read_some(asio::buffer(*buffer_),
                                                  asio::redirect_error(kAwaitable, error));
    }
  }

  std::string_view Window() const { return {buffer_->data() + begin_, end_ - begin_}; }

  // Reads more behind what the buffer holds. False at the end of the connection.
  template <class Stream>
  awaitable<bool> Fill(Stream& stream) {
    if (begin_ > 0) {
      std::memmove(buffer_->data(), buffer_->data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    asio::error_code error;
    end_ += co_await stream.async_read_some(
        asio::buffer(buffer_->data() + end_, buffer_->size() - end_),
        asio::redirect_error(kAwaitable, error));
    co_return !error;
  }

  // One request and its answer. False if the connection ends with it.
  template <class Stream>
  awaitable<bool> ServeRequest(Stream& stream) {
    if (Window().empty()) {
      Enter(Phase::kIdle, place_->proven() ? port_.limits.idle_proven : port_.limits.idle_unproven);
      if (!co_await Fill(stream)) co_return false;
    }
    const InFlight in_flight(port_.in_flight);
    Enter(Phase::kHead, port_.limits.head);
    std::variant<std::size_t, HttpRefusal> found = FindHeadEnd(Window(), port_.limits);
    while (std::holds_alternative<std::size_t>(found) && std::get<std::size_t>(found) == 0) {
      if (!co_await Fill(stream)) co_return false;
      found = FindHeadEnd(Window(), port_.limits);
    }
    if (const auto* refusal = std::get_if<HttpRefusal>(&found)) {
      co_return co_await Refuse(stream, *refusal);
    }
    // The head is copied, so that its views live on while the body is read.
    const std::string head_text(Window().substr(0, std::get<std::size_t>(found)));
    begin_ += head_text.size();
    const auto parsed = ParseHttpHead(head_text, port_.limits);
    if (const auto* refusal = std::get_if<HttpRefusal>(&parsed)) {
      co_return co_await Refuse(stream, *refusal);
    }
    const HttpHead& head = std::get<HttpHead>(parsed);

    BodyLease lease(port_.bodies);
    HttpRequest request{head.method,     head.path,        head.query, head.content_type,
                        head.user_agent, head.traceparent, remote_,    ""};
    if (head.content_length > 0) {
      const std::optional<bool> read =
          co_await ReadBody(stream, head.content_length, lease, request.body);
      if (!read) co_return co_await Refuse(stream, {429, "too many bytes in flight"});
      if (!*read) co_return false;
    }
    co_return co_await Answer(stream, head, request);
  }

  // True with the whole body, false at the end of the connection, nothing if there is no room.
  template <class Stream>
  awaitable<std::optional<bool>> ReadBody(Stream& stream, std::size_t length, BodyLease& lease,
                                          std::string& body) {
    Enter(Phase::kBody, port_.limits.body);
    const std::string_view here = Window().substr(0, length);
    if (!lease.Take(here.size())) co_return std::nullopt;
    // Room is made as bytes come: what a peer only announces costs nothing.
    body.reserve(std::min(length, kBodyStep) + 32);
    body = here;
    begin_ += here.size();
    received_ = body.size();
    while (body.size() < length) {
      const std::size_t before = body.size();
      const std::size_t step = std::min(length - before, kBodyStep);
      if (!lease.Take(step)) co_return std::nullopt;
      body.resize(before + step);
      std::size_t filled = 0;
      while (filled < step) {
        asio::error_code error;
        filled += co_await stream.async_read_some(
            asio::buffer(body.data() + before + filled, step - filled),
            asio::redirect_error(kAwaitable, error));
        received_ = before + filled;
        if (error) co_return false;
      }
    }
    co_return true;
  }

  template <class Stream>
  awaitable<bool> Answer(Stream& stream, const HttpHead& head, HttpRequest& request) {
    const bool old = Clock::now() - accepted_ > port_.limits.connection_age;
    const bool close = head.close || old || port_.draining;
    HttpAnswer answer;
    const std::string bytes = engine_.Handle(request, answer, close);
    if (answer.status != 200) port_.metrics.Refused(fmt::format("status_{}", answer.status));
    Enter(Phase::kAnswer, port_.limits.write);
    if (!answer.decision_line.empty() &&
        port_.log->TryWrite(answer.decision_line) == DecisionLog::Outcome::kFull) {
      co_await WaitForRoom(answer.decision_line);
    }
    asio::error_code error;
    co_await asio::async_write(stream, asio::buffer(bytes),
                               asio::redirect_error(kAwaitable, error));
    if (answer.proves_caller) place_->Prove();
    co_return !error && !close;
  }

  // Puts the line into the decision log, which was full. That is waited for, but not for ever: then
  // the line is counted as dropped. The thread never waits.
  awaitable<void> WaitForRoom(const std::string& line) {
    constexpr std::chrono::milliseconds kStep{5};
    const Clock::time_point until = Clock::now() + port_.limits.log_wait;
    do {
      if (Clock::now() >= until) {
        port_.log->Drop();
        co_return;
      }
      Timer timer(loop_, kStep);
      co_await timer.async_wait(kAwaitable);
    } while (port_.log->TryWrite(line) == DecisionLog::Outcome::kFull);
  }

  template <class Stream>
  awaitable<bool> Refuse(Stream& stream, HttpRefusal refusal) {
    port_.metrics.Refused(refusal.reason);
    refused_ = true;
    Enter(Phase::kAnswer, port_.limits.write);
    const std::string bytes = RefusalBytes(refusal);
    asio::error_code error;
    co_await asio::async_write(stream, asio::buffer(bytes),
                               asio::redirect_error(kAwaitable, error));
    co_return false;
  }

  asio::io_context& loop_;
  Socket socket_;
  const std::string remote_;
  std::unique_ptr<ConnectionGuard::Place> place_;
  Port& port_;
  HttpEngine& engine_;
  const Clock::time_point accepted_;

  Phase phase_ = Phase::kIdle;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point entered_;  // the phase
  std::size_t received_ = 0;   // of the body
  bool refused_ = false;
  bool done_ = false;

  // What has been read and not yet used: [begin_, end_).
  std::unique_ptr<std::array<char, kReadBuffer>> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

std::shared_ptr<Connection> StartConnection(asio::io_context& loop, int fd, std::string remote,
                                            std::unique_ptr<ConnectionGuard::Place> place,
                                            Port& port, HttpEngine& engine) {
  auto connection =
      std::make_shared<TcpConnection>(loop, fd, std::move(remote), std::move(place), port, engine);
  connection->Start();
  return connection;
}

}  // namespace tidewaiter
