#include "webhook/server/review_handler.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "webhook/admission/response.h"
#include "webhook/base/json.h"
#include "webhook/base/text.h"
#include "webhook/evidence/decision_record.h"

namespace tidewaiter {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kDefaultTimeout{10'000};
constexpr milliseconds kLongestTimeout{30'000};

// What is kept back of the caller's timeout, so that the answer arrives before it gives up.
milliseconds Margin(milliseconds timeout) {
  return std::clamp(timeout / 10, milliseconds{50}, milliseconds{500});
}

void RefuseAsNoReview(const Diagnostics& diagnostics, HttpAnswer& answer) {
  JsonWriter json;
  json.StartObject();
  json.Member("error", "not an AdmissionReview of admission.k8s.io/v1: " + diagnostics.Summary());
  json.EndObject();
  answer.status = 400;
  answer.body = json.text();
}

// The request judged; what escapes from a check is a bug of ours and gets an explicit answer, since
// an input that makes us fail could be chosen by an attacker.
Decision Judge(const PolicySet& policies, const AdmissionRequest& request,
               const Circumstances& circumstances) {
  try {
    return Evaluate(policies, request, circumstances);
  } catch (const std::exception&) {
    return FailedDecision(policies, circumstances, 500, "an internal error occurred");
  }
}

}  // namespace

void ReviewHandler::Handle(Path path, HttpRequest& request, HttpAnswer& answer) const {
  const auto started = std::chrono::steady_clock::now();
  const std::shared_ptr<const PolicySet> policies = policies_();
  const Circumstances circumstances{path, mode_, std::chrono::system_clock::now()};
  const milliseconds timeout = ParseTimeout(request.query);

  std::string uid;
  Diagnostics diagnostics;
  std::optional<AdmissionRequest> review =
      ParseAdmissionReview(std::move(request.body), &uid, diagnostics);
  if (uid.empty()) return RefuseAsNoReview(diagnostics, answer);
  if (review) review->deadline = Deadline::At(started + timeout - Margin(timeout));
  const Decision decision =
      review ? Judge(*policies, *review, circumstances)
             : FailedDecision(*policies, circumstances, 400, diagnostics.Summary());
  answer.body = ToJson(Respond(uid, decision));
  answer.proves_caller = review.has_value();
  const auto duration =
      std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - started);
  answer.decision_line = DecisionRecord(review ? &*review : nullptr, decision,
                                        {uid, request.remote, request.traceparent, duration});
  metrics_.Review(path, review ? &*review : nullptr, policies, decision, duration);
  exceptions_.Count(decision);
}

milliseconds ParseTimeout(std::string_view query) {
  const std::size_t start = query.starts_with("timeout=") ? 0 : query.find("&timeout=");
  if (start == std::string_view::npos) return kDefaultTimeout;
  std::string_view text = query.substr(query.find('=', start) + 1);
  text = text.substr(0, text.find('&'));
  double total = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, code] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (code != std::errc() || number < 0) return kDefaultTimeout;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with("ms")) {
      total += number;
      text.remove_prefix(2);
    } else if (text.starts_with('s')) {
      total += number * 1000;
      text.remove_prefix(1);
    } else if (text.starts_with('m')) {
      total += number * 60'000;
      text.remove_prefix(1);
    } else {
      return kDefaultTimeout;
    }
  }
  if (!(total >= 1)) return kDefaultTimeout;
  const double limit = static_cast<double>(kLongestTimeout.count());
  return milliseconds(static_cast<std::int64_t>(std::min(total, limit)));
}

}  // namespace tidewaiter
