#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>

#include "webhook/server/limits.h"

namespace tidewaiter {

// The head of an HTTP/1.1 request: request line and headers. Text is a view into what was read.
struct HttpHead {
  std::string_view method;
  std::string_view path;   // without the query
  std::string_view query;  // without the question mark
  std::size_t content_length = 0;
  bool close = false;  // the client asked for it
  std::string_view content_type;
  std::string_view user_agent;
  std::string_view traceparent;
};

// A request that is answered without being looked at further, and the connection then closed.
struct HttpRefusal {
  int status = 400;
  std::string_view reason;  // a few words: a label of a metric, and the text of the answer
};

// How many bytes of `buffer` are the head, with the empty line that ends it; 0 if there is more to
// come. A refusal as soon as it is clear that no good head will come of it: too long, or a line
// that does not end in CR LF.
std::variant<std::size_t, HttpRefusal> FindHeadEnd(std::string_view buffer, const Limits& limits);

// Reads a whole head (RFC 9112), strictly: whatever two readers might understand differently is
// refused. Framing is judged before anything else is. Every refusal closes the connection.
std::variant<HttpHead, HttpRefusal> ParseHttpHead(std::string_view head, const Limits& limits);

// "Not Found" for 404.
std::string_view ReasonPhrase(int status);

}  // namespace tidewaiter
