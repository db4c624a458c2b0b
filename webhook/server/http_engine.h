#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidewaiter {

// One complete request, checked by the transport.
struct HttpRequest {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::string_view content_type;
  std::string_view user_agent;
  std::string_view traceparent;
  std::string_view remote;  // the caller's address
  std::string body;
};

struct HttpAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  // To be in the decision log before the answer goes out; empty if there is none.
  std::string decision_line;
  // The caller sent a valid review: it is the API server, or as good as.
  bool proves_caller = false;
};

using HttpHandler = std::function<void(HttpRequest&, HttpAnswer&)>;

struct HttpRoute {
  std::string_view method;
  std::string_view path;
  HttpHandler handler;
};

// The HTTP engine: cpp-httplib's Server, fed with complete requests from memory. It parses the
// head, routes, and writes the answer; no socket of its own is ever opened. For one thread.
class HttpEngine {
 public:
  explicit HttpEngine(const std::vector<HttpRoute>& routes);
  ~HttpEngine();
  HttpEngine(const HttpEngine&) = delete;
  HttpEngine& operator=(const HttpEngine&) = delete;

  // The bytes of the answer. `close`: the answer says that the connection ends with it. A handler
  // that throws is answered with 500; without a path 404, with another method 405.
  std::string Handle(HttpRequest& request, HttpAnswer& answer, bool close);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tidewaiter
