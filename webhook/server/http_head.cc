#include "webhook/server/http_head.h"

#include <algorithm>
#include <charconv>

namespace tidewaiter {
namespace {

constexpr std::size_t kMostLengthDigits = 19;

bool IsTokenChar(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kOthers.find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool IsPrintable(char c) { return c >= 0x20 && c < 0x7f; }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool Equals(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(),
                                                   [](char a, char b) { return Lower(a) == b; });
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Whether a comma-separated list holds the token.
bool HasToken(std::string_view list, std::string_view lower) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (Equals(Trim(list.substr(0, comma)), lower)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

// Cuts the first line off `head`, without its CR LF.
std::string_view TakeLine(std::string_view& head) {
  const std::size_t end = head.find("\r\n");
  const std::string_view line = head.substr(0, end);
  head.remove_prefix(end + 2);
  return line;
}

// What the headers say of the message's framing, before it is judged.
struct Framing {
  std::optional<std::string_view> length;
  bool transfer_encoding = false;
  bool content_encoding = false;
  bool expect = false;
};

std::optional<HttpRefusal> ReadRequestLine(std::string_view line, HttpHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return HttpRefusal{400, "malformed request line"};
  }
  head.method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!IsToken(head.method) || !target.starts_with('/') ||
      target.find(' ') != std::string_view::npos) {
    return HttpRefusal{400, "malformed request line"};
  }
  if (version != "HTTP/1.1") {
    return version.starts_with("HTTP/") ? HttpRefusal{505, "unsupported HTTP version"}
                                        : HttpRefusal{400, "malformed request line"};
  }
  const std::size_t question = target.find('?');
  head.path = target.substr(0, question);
  if (question != std::string_view::npos) head.query = target.substr(question + 1);
  return std::nullopt;
}

std::optional<HttpRefusal> ReadHeader(std::string_view line, HttpHead& head, Framing& framing) {
  if (line.starts_with(' ') || line.starts_with('\t')) return HttpRefusal{400, "folded header"};
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) {
    return HttpRefusal{400, "malformed header"};
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = Trim(line.substr(colon + 1));
  if (value.find('%') != std::string_view::npos) return HttpRefusal{400, "escape in a header"};
  if (Equals(name, "content-length")) {
    if (framing.length) return HttpRefusal{400, "doubled Content-Length"};
    framing.length = value;
  } else if (Equals(name, "transfer-encoding")) {
    framing.transfer_encoding = true;
  } else if (Equals(name, "content-encoding")) {
    framing.content_encoding = true;
  } else if (Equals(name, "expect")) {
    framing.expect = true;
  } else if (Equals(name, "range") || Equals(name, "upgrade") || Equals(name, "trailer")) {
    return HttpRefusal{400, "header that is not served"};
  } else if (Equals(name, "connection")) {
    head.close = head.close || HasToken(value, "close");
  } else if (Equals(name, "content-type")) {
    head.content_type = value;
  } else if (Equals(name, "user-agent")) {
    head.user_agent = value;
  } else if (Equals(name, "traceparent")) {
    head.traceparent = value;
  }
  return std::nullopt;
}

std::optional<HttpRefusal> JudgeFraming(const Framing& framing, const Limits& limits,
                                        HttpHead& head) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (framing.length && (framing.length->empty() || framing.length->size() > kMostLengthDigits ||
                         !std::all_of(framing.length->begin(), framing.length->end(), is_digit))) {
    return HttpRefusal{400, "malformed Content-Length"};
  }
  if (framing.transfer_encoding && framing.length) {
    return HttpRefusal{400, "both Transfer-Encoding and Content-Length"};
  }
  if (framing.expect) return HttpRefusal{417, "Expect is not served"};
  if (framing.transfer_encoding) return HttpRefusal{411, "Transfer-Encoding is not served"};
  if (framing.content_encoding) return HttpRefusal{415, "Content-Encoding is not served"};
  if (!framing.length) {
    if (head.method == "POST") return HttpRefusal{411, "no Content-Length"};
    return std::nullopt;
  }
  std::size_t length = 0;
  const auto [end, code] = std::from_chars(framing.length->data(),
                                           framing.length->data() + framing.length->size(), length);
  if (head.method == "GET" && length > 0) return HttpRefusal{400, "GET with a body"};
  if (code != std::errc() || length > limits.max_body) return HttpRefusal{413, "body too large"};
  head.content_length = length;
  return std::nullopt;
}

}  // namespace

std::variant<std::size_t, HttpRefusal> FindHeadEnd(std::string_view buffer, const Limits& limits) {
  std::size_t line_start = 0;
  while (true) {
    const std::size_t feed = buffer.find('\n', line_start);
    if (std::min(feed, buffer.size()) >= limits.max_head) return HttpRefusal{431, "head too large"};
    if (feed == std::string_view::npos) return std::size_t{0};
    if (feed == 0 || buffer[feed - 1] != '\r') return HttpRefusal{400, "bare line feed"};
    if (feed == line_start + 1) {
      if (line_start == 0) return HttpRefusal{400, "malformed request line"};
      return feed + 1;
    }
    line_start = feed + 1;
  }
}

std::variant<HttpHead, HttpRefusal> ParseHttpHead(std::string_view head, const Limits& limits) {
  HttpHead parsed;
  Framing framing;
  std::string_view rest = head;
  const std::string_view request_line = TakeLine(rest);
  if (!std::all_of(request_line.begin(), request_line.end(), IsPrintable)) {
    return HttpRefusal{400, "control or non-ASCII character"};
  }
  if (const auto refusal = ReadRequestLine(request_line, parsed)) return *refusal;
  std::size_t headers = 0;
  while (true) {
    const std::string_view line = TakeLine(rest);
    if (line.empty()) break;
    if (++headers > limits.max_headers) return HttpRefusal{431, "too many headers"};
    if (!std::all_of(line.begin(), line.end(),
                     [](char c) { return IsPrintable(c) || c == '\t'; })) {
      return HttpRefusal{400, "control or non-ASCII character"};
    }
    if (const auto refusal = ReadHeader(line, parsed, framing)) return *refusal;
  }
  if (const auto refusal = JudgeFraming(framing, limits, parsed)) return *refusal;
  return parsed;
}

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

}  // namespace tidewaiter
