#include "actors/core/retry_policy.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"
#include "actors/core/retry_after.hpp"
#include "actors/core/retry_expression.hpp"

namespace sluice::core {

namespace {

constexpr int non_retryable_status = 489; // spec §4.2
constexpr std::string_view non_retryable_header = "Upstash-NonRetryable-Error";

// e^2.5, e^5, e^7.5 and e^10, cut to whole seconds; all later ones exceed a day.
constexpr std::chrono::seconds backoffs[] = {std::chrono::seconds{12}, std::chrono::seconds{148},
                                             std::chrono::seconds{1808}, std::chrono::seconds{22026}};
constexpr int backoff_count = std::size(backoffs);

bool has_response(const Outcome& outcome) { return outcome.status >= 100 && outcome.status <= 599; }

bool is_delivered(const Outcome& outcome) { return outcome.status >= 200 && outcome.status <= 299; }

bool is_final(const Outcome& outcome) {
  return outcome.status == non_retryable_status &&
         std::any_of(outcome.headers.begin(), outcome.headers.end(), [](const Header& header) {
           return equals_ignoring_case(header.name, non_retryable_header) &&
                  equals_ignoring_case(trim_blanks(header.value), "true");
         });
}

std::string describe(const Outcome& outcome) {
  if (has_response(outcome))
    return "HTTP status " + std::to_string(outcome.status);
  if (!outcome.error.empty())
    return outcome.error;
  return outcome.status == 0 ? "no response" : "invalid HTTP status " + std::to_string(outcome.status);
}

std::optional<Duration> expressed_delay(const PublishRequest& request, int retried) {
  if (!request.retry_delay)
    return std::nullopt;
  // Publishing has checked it; a text that cannot be read any more is no reason to lose the message.
  const auto expression = RetryExpression::parse(*request.retry_delay);
  return expression ? expression->evaluate(retried) : std::nullopt;
}

Duration delay_before_retry(const Outcome& outcome, const PublishRequest& request, int attempt, WallTime now) {
  if (has_response(outcome))
    if (const auto asked = retry_after(outcome.headers, now))
      return *asked;
  return expressed_delay(request, attempt - 1).value_or(default_backoff(attempt));
}

} // namespace

Duration default_backoff(int retry) {
  if (retry > backoff_count)
    return std::chrono::hours{24};
  return backoffs[std::max(retry, 1) - 1];
}

Decision judge(const Outcome& outcome, const PublishRequest& request, int attempt, WallTime now) {
  if (is_delivered(outcome))
    return {Verdict::delivered};
  if (is_final(outcome) || attempt > request.retries)
    return {Verdict::failed, Duration{0}, describe(outcome)};
  return {Verdict::retry, delay_before_retry(outcome, request, attempt, now), describe(outcome)};
}

} // namespace sluice::core
