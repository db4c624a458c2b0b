#include "webhook/server/event_loop.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <thread>

namespace tidewaiter {
namespace {

using asio::ip::tcp;

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::milliseconds kAcceptPause{20};
constexpr int kBacklog = 1024;

std::int64_t Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             Connection::Clock::now().time_since_epoch())
      .count();
}

std::optional<tcp::endpoint> ParseEndpoint(const std::string& text, std::string& error) {
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  unsigned short number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, code] =
      std::from_chars(text.data() + std::min(colon + 1, text.size()), end, number);
  asio::error_code failed;
  const auto address = asio::ip::make_address(host, failed);
  if (colon == std::string::npos || code != std::errc() || stop != end || failed) {
    error = fmt::format("\"{}\" is not ADDRESS:PORT, as in 0.0.0.0:8443 or [::]:8443", text);
    return std::nullopt;
  }
  return tcp::endpoint(address, number);
}

}  // namespace

struct EventLoop::Impl {
  Impl(Port& loop_port, const std::vector<HttpRoute>& routes)
      : port(loop_port), engine(routes), ticker(io), work(asio::make_work_guard(io)) {}

  Port& port;
  asio::io_context io{1};  // one thread runs it
  HttpEngine engine;
  asio::steady_timer ticker;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  std::vector<std::shared_ptr<Connection>> connections;
  bool close_idle = false;
  std::atomic<std::int64_t> last_tick = Now();
  std::thread thread;

  void Tick() {
    const auto now = Connection::Clock::now();
    last_tick = Now();
    std::erase_if(connections, [](const auto& connection) { return connection->done(); });
    for (const auto& connection : connections) {
      connection->Sweep(now);
      if (close_idle) connection->CloseIfIdle(now);
    }
    ticker.expires_after(kTick);
    ticker.async_wait([this](asio::error_code error) {
      if (!error) Tick();
    });
  }
};

EventLoop::EventLoop(Port& port, const std::vector<HttpRoute>& routes)
    : impl_(std::make_unique<Impl>(port, routes)) {}

EventLoop::~EventLoop() {
  if (!impl_->thread.joinable()) return;
  asio::post(impl_->io, [this] {
    for (const auto& connection : impl_->connections) connection->Abort();
    impl_->ticker.cancel();
    impl_->work.reset();
  });
  // The aborted connections end by themselves; a loop that still has work after that is stopped.
  for (int i = 0; i < 20 && !impl_->io.stopped(); ++i) std::this_thread::sleep_for(kTick / 10);
  impl_->io.stop();
  impl_->thread.join();
}

void EventLoop::Start() {
  impl_->Tick();
  impl_->thread = std::thread([this] { impl_->io.run(); });
}

void EventLoop::Adopt(int fd, std::string remote, std::unique_ptr<ConnectionGuard::Place> place) {
  asio::post(impl_->io, [this, fd, remote = std::move(remote), place = std::move(place)]() mutable {
    impl_->connections.push_back(StartConnection(impl_->io, fd, std::move(remote), std::move(place),
                                                 impl_->port, impl_->engine));
  });
}

void EventLoop::CloseIdle() {
  asio::post(impl_->io, [this] { impl_->close_idle = true; });
}

std::int64_t EventLoop::last_tick() const { return impl_->last_tick; }

struct Listener::Impl {
  Impl(Port& listener_port, const std::vector<HttpRoute>& routes, std::size_t threads)
      : port(listener_port) {
    for (std::size_t i = 0; i < threads; ++i) {
      loops.push_back(std::make_unique<EventLoop>(port, routes));
    }
  }

  Port& port;
  std::vector<std::unique_ptr<EventLoop>> loops;
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  std::size_t next = 0;
  std::thread thread;

  bool Listen(const tcp::endpoint& endpoint, std::string& error) {
    asio::error_code failed;
    acceptor.open(endpoint.protocol(), failed);
    if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor.bind(endpoint, failed);
    if (!failed) acceptor.listen(kBacklog, failed);
    if (!failed) acceptor.non_blocking(true, failed);
    if (failed) error = failed.message();
    return !failed;
  }

  asio::awaitable<void> AcceptForEver() {
    while (acceptor.is_open()) {
      asio::error_code error;
      co_await acceptor.async_wait(tcp::acceptor::wait_read,
                                   asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return;
      if (AcceptPending()) continue;
      // No descriptor is left: the oldest stranger makes room, and we do not spin meanwhile.
      port.metrics.Refused("descriptors");
      port.guard.EvictOldest();
      asio::steady_timer timer(io, kAcceptPause);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  // Accepts all that wait. False if the process has no descriptor left for them.
  bool AcceptPending() {
    while (true) {
      asio::error_code error;
      tcp::endpoint remote;
      tcp::socket socket(io);
      acceptor.accept(socket, remote, error);
      if (error == asio::error::would_block || error == asio::error::try_again) return true;
      if (error == asio::error::no_descriptors || error == asio::error::no_buffer_space ||
          error == asio::error::no_memory) {
        return false;
      }
      if (error) continue;  // the peer has gone meanwhile
      Deal(std::move(socket), remote);
    }
  }

  void Deal(tcp::socket socket, const tcp::endpoint& remote) {
    const std::string address = remote.address().to_string();
    const char* why = "";
    auto place = port.guard.Admit(address, ConnectionGuard::Clock::now(), why);
    if (!place) return port.metrics.Refused(why);
    port.metrics.Connection(port.name);
    asio::error_code error;
    const int fd = socket.release(error);
    if (error) return;
    loops[next]->Adopt(fd, address, std::move(place));
    next = (next + 1) % loops.size();
  }
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Listener::~Listener() {
  if (!impl_->thread.joinable()) return;
  impl_->io.stop();
  impl_->thread.join();
}

std::unique_ptr<Listener> Listener::Open(const std::string& address, Port& port,
                                         const std::vector<HttpRoute>& routes, std::size_t threads,
                                         std::string& error) {
  const auto endpoint = ParseEndpoint(address, error);
  if (!endpoint) return nullptr;
  auto impl = std::make_unique<Impl>(port, routes, threads);
  if (!impl->Listen(*endpoint, error)) {
    error = fmt::format("cannot listen on {}: {}", address, error);
    return nullptr;
  }
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

void Listener::Start() {
  for (const auto& loop : impl_->loops) loop->Start();
  asio::co_spawn(
      impl_->io, [this] { return impl_->AcceptForEver(); }, asio::detached);
  impl_->thread = std::thread([this] { impl_->io.run(); });
}

std::string Listener::endpoint() const {
  asio::error_code ignored;
  const tcp::endpoint local = impl_->acceptor.local_endpoint(ignored);
  const std::string host = local.address().to_string();
  return fmt::format("{}:{}", local.address().is_v6() ? "[" + host + "]" : host, local.port());
}

void Listener::StopAccepting() {
  asio::post(impl_->io, [this] {
    asio::error_code ignored;
    impl_->AcceptPending();
    impl_->acceptor.close(ignored);
    for (const auto& loop : impl_->loops) loop->CloseIdle();
  });
}

std::size_t Listener::connections() const { return impl_->port.guard.connections(); }

bool Listener::Alive(std::chrono::milliseconds within) const {
  const std::int64_t oldest =
      Now() - std::chrono::duration_cast<std::chrono::nanoseconds>(within).count();
  return std::all_of(impl_->loops.begin(), impl_->loops.end(),
                     [&](const auto& loop) { return loop->last_tick() >= oldest; });
}

}  // namespace tidewaiter
