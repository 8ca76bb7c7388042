#include "actors/core/retry_policy.hpp"

#include <limits>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using core::Verdict;

namespace {

constexpr WallTime t0{784'111'777'000ms};

PublishRequest request(int retries = default_retries, std::optional<std::string> retry_delay = {}) {
  PublishRequest request{UrlDestination{"http://127.0.0.1/"}};
  request.retries = retries;
  request.retry_delay = std::move(retry_delay);
  return request;
}

Outcome response(int status, Headers headers = {}) { return {status, std::move(headers)}; }

core::Decision judged(const Outcome& outcome, int attempt = 1, const PublishRequest& message = request()) {
  return core::judge(outcome, message, attempt, t0);
}

} // namespace

TEST_CASE("default_backoff follows the documented table", "[core]") {
  CHECK(core::default_backoff(1) == 12s);
  CHECK(core::default_backoff(2) == 2min + 28s);
  CHECK(core::default_backoff(3) == 30min + 8s);
  CHECK(core::default_backoff(4) == 6h + 7min + 6s);
  CHECK(core::default_backoff(5) == 24h);
  CHECK(core::default_backoff(6) == 24h);
  CHECK(core::default_backoff(std::numeric_limits<int>::max()) == 24h);
}

TEST_CASE("judge delivers on 200 to 299 only", "[core]") {
  for (int status : {200, 201, 204, 299})
    CHECK(judged(response(status)) == core::Decision{Verdict::delivered});
  for (int status : {100, 101, 199, 300, 301, 304, 400, 404, 429, 489, 500, 503, 599}) {
    CAPTURE(status);
    CHECK(judged(response(status)) == core::Decision{Verdict::retry, 12s, "HTTP status " + std::to_string(status)});
  }
}

TEST_CASE("judge takes a status outside 100 to 599 for a failure", "[core]") {
  for (int status : {-200, -1, 1, 99, 600, 999, 2'147'483'647}) {
    CAPTURE(status);
    CHECK(judged(response(status)) ==
          core::Decision{Verdict::retry, 12s, "invalid HTTP status " + std::to_string(status)});
  }
}

TEST_CASE("judge passes on the transport's error", "[core]") {
  CHECK(judged({0, {}, {}, "connection refused"}) == core::Decision{Verdict::retry, 12s, "connection refused"});
  CHECK(judged({0, {}, {}, ""}) == core::Decision{Verdict::retry, 12s, "no response"});
}

TEST_CASE("judge allows as many retries as the message has", "[core]") {
  CHECK(judged(response(500), 1, request(0)) == core::Decision{Verdict::failed, 0s, "HTTP status 500"});
  CHECK(judged(response(500), 3).verdict == Verdict::retry);
  CHECK(judged(response(500), 3).delay == 30min + 8s);
  CHECK(judged(response(500), 4) == core::Decision{Verdict::failed, 0s, "HTTP status 500"});
  CHECK(judged(response(200), 4).verdict == Verdict::delivered);
  CHECK(judged({0, {}, {}, "timeout"}, 2, request(1)) == core::Decision{Verdict::failed, 0s, "timeout"});
}

TEST_CASE("judge fails at once on 489 with Upstash-NonRetryable-Error", "[core]") {
  const core::Decision failed{Verdict::failed, 0s, "HTTP status 489"};
  CHECK(judged(response(489, {{"Upstash-NonRetryable-Error", "true"}})) == failed);
  CHECK(judged(response(489, {{"Date", "x"}, {"upstash-nonretryable-error", " True"}})) == failed);
  CHECK(judged(response(489, {{"Upstash-NonRetryable-Error", "false"}})).verdict == Verdict::retry);
  CHECK(judged(response(489, {{"Upstash-NonRetryable-Error", ""}})).verdict == Verdict::retry);
  CHECK(judged(response(489)).verdict == Verdict::retry);
  CHECK(judged(response(488, {{"Upstash-NonRetryable-Error", "true"}})).verdict == Verdict::retry);
  CHECK(judged(response(200, {{"Upstash-NonRetryable-Error", "true"}})).verdict == Verdict::delivered);
}

TEST_CASE("judge prefers the destination's wait to the expression, and that to the backoff", "[core]") {
  const auto expression = request(3, "1000 * (1 + retried)");
  CHECK(judged(response(500, {{"Retry-After", "7"}}), 2, expression).delay == 7s);
  CHECK(judged(response(500, {{"Retry-After", "0"}}), 2, expression).delay == 0s);
  CHECK(judged(response(500, {{"Retry-After", "90000"}}), 2, expression).delay == 2s);
  CHECK(judged(response(500), 1, expression).delay == 1s);
  CHECK(judged(response(500), 3, expression).delay == 3s);
  CHECK(judged(response(429, {{"X-RateLimit-Reset", "6m5s"}}), 2).delay == 6min + 5s);
  CHECK(judged(response(429), 2).delay == 2min + 28s);
}

TEST_CASE("judge counts a wait against the wall clock that it is given", "[core]") {
  CHECK(judged(response(503, {{"Retry-After", "Sun, 06 Nov 1994 08:50:37 GMT"}})).delay == 60s);
}

TEST_CASE("judge falls back to the default backoff when the expression has no value", "[core]") {
  CHECK(judged(response(500), 1, request(3, "1 / retried")).delay == 12s);
  CHECK(judged(response(500), 2, request(3, "1000 / retried")).delay == 1s);
  CHECK(judged(response(500), 2, request(3, "sqrt(-1)")).delay == 2min + 28s);
  CHECK(judged(response(500), 2, request(3, "no expression")).delay == 2min + 28s);
}
