// A client that sends one request over and over, on connections that stay open.
//
//   load PORT PID CONNECTIONS SECONDS FILE [REQUESTS_PER_SECOND]
//
// Posts FILE to /validate on 127.0.0.1:PORT and prints one line:
//   <requests per second> <CPU microseconds of process PID a request> <p50 us> <p99 us> <failures>

#include <unistd.h>

#include <algorithm>
#include <asio.hpp>
#include <asio/ssl.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

struct Load {
  std::string request;
  unsigned short port = 0;
  Clock::time_point warm;
  Clock::time_point end;
  std::chrono::nanoseconds pace{0};  // between two requests of one connection
  std::vector<double> latencies;     // in microseconds, after the warm-up
  std::size_t failures = 0;
};

double CpuSeconds(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string word;
  double ticks = 0;
  for (int i = 3; i <= 15 && fields >> word; ++i) {
    if (i == 14 || i == 15) ticks += std::stod(word);
  }
  return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// Reads one answer; its status, or 0.
asio::awaitable<int> ReadAnswer(asio::ssl::stream<tcp::socket>& stream, std::string& in) {
  in.clear();
  std::array<char, 16384> buffer;
  while (true) {
    const std::size_t end = in.find("\r\n\r\n");
    if (end != std::string::npos) {
      constexpr std::string_view kName = "Content-Length: ";
      std::size_t length = 0;
      const std::size_t at = in.find(kName);
      if (at != std::string::npos) {
        std::from_chars(in.data() + at + kName.size(), in.data() + in.size(), length);
      }
      if (in.size() >= end + 4 + length) co_return std::atoi(in.c_str() + 9);
    }
    const std::size_t n =
        co_await stream.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    in.append(buffer.data(), n);
  }
}

asio::awaitable<void> Client(asio::io_context& io, asio::ssl::context& context, Load& load) {
  try {
    tcp::socket socket(io);
    co_await socket.async_connect({asio::ip::make_address("127.0.0.1"), load.port},
                                  asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    std::string in;
    asio::steady_timer timer(io);
    Clock::time_point next = Clock::now();
    while (Clock::now() < load.end) {
      if (load.pace.count() > 0) {
        next += load.pace;
        timer.expires_at(next);
        co_await timer.async_wait(asio::use_awaitable);
      }
      const auto start = Clock::now();
      co_await asio::async_write(stream, asio::buffer(load.request), asio::use_awaitable);
      const int status = co_await ReadAnswer(stream, in);
      const auto stop = Clock::now();
      if (status != 200) ++load.failures;
      if (start >= load.warm) {
        load.latencies.push_back(std::chrono::duration<double, std::micro>(stop - start).count());
      }
    }
  } catch (const std::exception& error) {
    ++load.failures;
    std::cerr << "load: " << error.what() << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) return 2;
  Load load;
  load.port = static_cast<unsigned short>(std::atoi(argv[1]));
  const std::string pid = argv[2];
  const int connections = std::atoi(argv[3]);
  const double seconds = std::atof(argv[4]);
  std::ifstream file(argv[5]);
  const std::string body((std::istreambuf_iterator<char>(file)), {});
  if (body.empty()) return 2;
  if (argc > 6) {
    load.pace = std::chrono::nanoseconds(static_cast<long>(1e9 * connections / std::atof(argv[6])));
  }
  load.request =
      "POST /validate?timeout=10s HTTP/1.1\r\nHost: tidewaiter\r\nUser-Agent: "
      "kube-apiserver-admission\r\nContent-Type: application/json\r\nAccept: application/json, "
      "*/*\r\nAccept-Encoding: gzip\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  asio::io_context io(1);
  asio::ssl::context context(asio::ssl::context::tls_client);
  const auto start = Clock::now();
  load.warm = start + std::chrono::milliseconds(300);
  load.end = load.warm + std::chrono::milliseconds(static_cast<long>(seconds * 1000));
  for (int i = 0; i < connections; ++i) {
    asio::co_spawn(io, Client(io, context, load), asio::detached);
  }
  double cpu = 0;
  asio::steady_timer warm(io, load.warm);
  warm.async_wait([&](asio::error_code) { cpu = CpuSeconds(pid); });
  io.run();
  cpu = CpuSeconds(pid) - cpu;
  std::vector<double>& all = load.latencies;
  if (all.empty()) return 1;
  std::sort(all.begin(), all.end());
  const auto quantile = [&](double q) {
    return all[std::min(all.size() - 1,
                        static_cast<std::size_t>(q * static_cast<double>(all.size())))];
  };
  const double n = static_cast<double>(all.size());
  std::printf("%.0f %.2f %.1f %.1f %zu\n", n / seconds, cpu * 1e6 / n, quantile(0.5),
              quantile(0.99), load.failures);
  return load.failures == 0 ? 0 : 1;
}
