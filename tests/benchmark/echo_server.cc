// The floor that the webhook is measured against: a TLS server of Asio coroutines that finds the
// end of a request and answers 134 bytes, and does nothing else.
//
//   echo_server CERT KEY            prints the port it listens on
//   echo_server CERT KEY --httplib  the answer is made by our adapter of cpp-httplib

#include <unistd.h>

#include <array>
#include <asio.hpp>
#include <asio/ssl.hpp>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "webhook/server/http_engine.h"

namespace {

using asio::ip::tcp;

std::string Answer() {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
  std::string body;
  for (std::size_t size = 0; size < 134; size = head.size() + 6 + body.size()) body += 'x';
  return head + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::size_t ContentLength(std::string_view head) {
  constexpr std::string_view kName = "Content-Length: ";
  std::size_t length = 0;
  const std::size_t at = head.find(kName);
  if (at == std::string_view::npos) return 0;
  std::from_chars(head.data() + at + kName.size(), head.data() + head.size(), length);
  return length;
}

// The bytes of the answer to each request.
std::string AnswerOf(tidewaiter::HttpEngine* engine) {
  static const std::string kAnswer = Answer();
  if (engine == nullptr) return kAnswer;
  tidewaiter::HttpRequest request{"POST", "/validate", {}, {}, {}, {}, {}, {}};
  tidewaiter::HttpAnswer answer;
  return engine->Handle(request, answer, false);
}

std::unique_ptr<tidewaiter::HttpEngine> MakeEngine() {
  const std::vector<tidewaiter::HttpRoute> routes{
      {"POST", "/validate", [](tidewaiter::HttpRequest&, tidewaiter::HttpAnswer& answer) {
         answer.body = Answer().substr(Answer().find("\r\n\r\n") + 4);
       }}};
  return std::make_unique<tidewaiter::HttpEngine>(routes);
}

asio::awaitable<void> Serve(tcp::socket socket, asio::ssl::context& context,
                            tidewaiter::HttpEngine* engine) {
  socket.set_option(tcp::no_delay(true));
  asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
  std::string in;
  std::array<char, 16384> buffer;
  try {
    co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
    while (true) {
      std::size_t end = in.find("\r\n\r\n");
      std::size_t whole = end == std::string::npos
                              ? 0
                              : end + 4 + ContentLength(std::string_view(in).substr(0, end + 4));
      if (whole != 0 && in.size() >= whole) {
        in.erase(0, whole);
        const std::string answer = AnswerOf(engine);
        co_await asio::async_write(stream, asio::buffer(answer), asio::use_awaitable);
        continue;
      }
      const std::size_t n =
          co_await stream.async_read_some(asio::buffer(buffer), asio::use_awaitable);
      in.append(buffer.data(), n);
    }
  } catch (const std::exception&) {
    // The client has gone.
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const bool with_httplib = argc > 3 && std::string_view(argv[3]) == "--httplib";
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.use_certificate_chain_file(argv[1]);
  context.use_private_key_file(argv[2], asio::ssl::context::pem);
  std::vector<std::unique_ptr<asio::io_context>> loops;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> work;
  std::vector<std::unique_ptr<tidewaiter::HttpEngine>> engines;  // one for each loop
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    engines.push_back(MakeEngine());
    loops.push_back(std::make_unique<asio::io_context>(1));
    work.push_back(asio::make_work_guard(*loops.back()));
  }
  tcp::acceptor acceptor(*loops[0], tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0));
  std::printf("%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::co_spawn(
      *loops[0],
      [&]() -> asio::awaitable<void> {
        for (std::size_t next = 0;; ++next) {
          const std::size_t i = next % loops.size();
          tcp::socket socket = co_await acceptor.async_accept(*loops[i], asio::use_awaitable);
          tidewaiter::HttpEngine* const engine = with_httplib ? engines[i].get() : nullptr;
          asio::co_spawn(*loops[i], Serve(std::move(socket), context, engine), asio::detached);
        }
      },
      asio::detached);
  std::vector<std::thread> threads;
  for (auto& loop : loops) threads.emplace_back([&loop] { loop->run(); });
  for (std::thread& thread : threads) thread.join();
}
