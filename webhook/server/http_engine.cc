#include "webhook/server/http_engine.h"

#include <fmt/core.h>
#include <httplib.h>

#include <algorithm>
#include <cstring>

// What we rest on: process_request is protected, reads a request from a Stream and writes the
// answer to it; a pre-routing handler that says Handled is the whole routing.
static_assert(std::string_view(CPPHTTPLIB_VERSION) == "0.11.4",
              "check process_request and Stream of this version of cpp-httplib");

namespace tidewaiter {
namespace {

// A connection that holds one request and collects the answer.
class MemoryStream : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view input) : input_(input) { output_.reserve(1024); }

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* data, std::size_t size) override {
    const std::size_t n = std::min(size, input_.size());
    std::memcpy(data, input_.data(), n);
    input_.remove_prefix(n);
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* data, std::size_t size) override {
    output_.append(data, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

  std::string TakeOutput() { return std::move(output_); }

 private:
  std::string_view input_;
  std::string output_;
};

}  // namespace

class HttpEngine::Impl : public httplib::Server {
 public:
  explicit Impl(const std::vector<HttpRoute>& routes) : routes_(routes) {
    set_keep_alive_timeout(120);
    set_pre_routing_handler([this](const httplib::Request&, httplib::Response& response) {
      Route(response);
      return HandlerResponse::Handled;
    });
  }

  std::string Handle(HttpRequest& request, HttpAnswer& answer, bool close) {
    request_ = &request;
    answer_ = &answer;
    // The head is rebuilt: the library sees only what it needs. Accept-Encoding, above all, would
    // make it compress answers of 200 bytes. The body does not pass through the library, which
    // would copy it twice, and never asks for it: the route is found before a body is read.
    // A HEAD stays one, because its answer has no body; any other method is answered with 405.
    const bool known =
        request.method == "GET" || request.method == "POST" || request.method == "HEAD";
    const std::string head =
        fmt::format("{} {} HTTP/1.1\r\n\r\n", known ? request.method : "GET", request.path);
    MemoryStream stream(head);
    bool closed = false;
    process_request(stream, close, closed, nullptr);
    return stream.TakeOutput();
  }

 private:
  void Route(httplib::Response& response) {
    Dispatch();
    response.status = answer_->status;
    response.set_content(std::move(answer_->body), answer_->content_type);
    if (answer_->status == 429) response.set_header("Retry-After", "1");
  }

  void Dispatch() {
    bool path_known = false;
    for (const HttpRoute& route : routes_) {
      if (route.path != request_->path) continue;
      path_known = true;
      if (route.method == request_->method) return Call(route.handler);
    }
    answer_->status = path_known ? 405 : 404;
    answer_->body =
        path_known ? "{\"error\":\"method not allowed\"}" : "{\"error\":\"no such path\"}";
  }

  void Call(const HttpHandler& handler) {
    // A handler answers its own failures; this is for what not even that expected.
    try {
      handler(*request_, *answer_);
    } catch (const std::bad_alloc&) {
      throw;  // ends the connection
    } catch (const std::exception&) {
      *answer_ = {};
      answer_->status = 500;
      answer_->body = "{\"error\":\"internal error\"}";
    }
  }

  const std::vector<HttpRoute> routes_;
  HttpRequest* request_ = nullptr;
  HttpAnswer* answer_ = nullptr;
};

HttpEngine::HttpEngine(const std::vector<HttpRoute>& routes)
    : impl_(std::make_unique<Impl>(routes)) {}
HttpEngine::~HttpEngine() = default;

std::string HttpEngine::Handle(HttpRequest& request, HttpAnswer& answer, bool close) {
  return impl_->Handle(request, answer, close);
}

}  // namespace tidewaiter
