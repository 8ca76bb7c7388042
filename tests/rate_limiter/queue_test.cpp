#include "sluice/rate_limit_queue.hpp"

#include <random>

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

AcquireRequest wanted(std::string name, double count = 1, std::optional<RateTime> deadline = {}) {
  return {std::move(name), std::nullopt, count, deadline};
}

// "1 2 -3": tickets 1 and 2 were served, 3 was not.
std::string polled(RateLimitQueue& queue, RateTime now) {
  std::string text;
  while (const auto acquired = queue.poll(now))
    text += (text.empty() ? "" : " ") + std::string(acquired->ok ? "" : "-") +
            std::to_string(static_cast<std::uint64_t>(acquired->ticket));
  return text;
}

} // namespace

TEST_CASE("Whoever finds tokens is served at once", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(2, 1s)}});
  RateLimitQueue queue(fixture.limiter);
  REQUIRE(queue.join(wanted("calls"), t0));
  REQUIRE(queue.join(wanted("calls"), t0));
  CHECK(polled(queue, t0) == "1 2");
  CHECK_FALSE(queue.next_wakeup());
  CHECK(queue.waiting() == 0);
}

TEST_CASE("Others wait in the order in which they came", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(1, 1s)}});
  RateLimitQueue queue(fixture.limiter);
  for (int i = 0; i < 3; ++i)
    REQUIRE(queue.join(wanted("calls"), t0));
  CHECK(polled(queue, t0) == "1");
  CHECK(queue.next_wakeup() == t0 + 1s);
  CHECK(polled(queue, t0 + 999ms) == "");
  CHECK(polled(queue, t0 + 1s) == "2");
  CHECK(polled(queue, t0 + 2s) == "3");
}

TEST_CASE("A small request does not overtake a large one", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  fixture.limit("calls", of_count(5));
  RateLimitQueue queue(fixture.limiter);
  REQUIRE(queue.join(wanted("calls", 10), t0));
  REQUIRE(queue.join(wanted("calls", 1), t0));
  CHECK(polled(queue, t0) == "");
  CHECK(polled(queue, t0 + 500ms) == "1");
  CHECK(polled(queue, t0 + 600ms) == "2");
}

TEST_CASE("Nobody waits for somebody else's limit", "[queue]") {
  LimiterFixture fixture({{"slow", bucket(1, 1h)}, {"fast", bucket(1, 1s)}});
  RateLimitQueue queue(fixture.limiter);
  REQUIRE(queue.join(wanted("slow"), t0));
  REQUIRE(queue.join(wanted("slow"), t0));
  REQUIRE(queue.join(wanted("fast"), t0));
  REQUIRE(queue.join({"slow", "key", 1, {}}, t0));
  CHECK(polled(queue, t0) == "3 1 4");
  CHECK(queue.waiting() == 1);
}

TEST_CASE("A deadline ends the wait, and whoever is next moves up", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  fixture.limit("calls", of_count(10));
  RateLimitQueue queue(fixture.limiter);
  REQUIRE(queue.join(wanted("calls", 10, t0 + 200ms), t0));
  REQUIRE(queue.join(wanted("calls", 2), t0));
  CHECK(polled(queue, t0) == "");
  CHECK(queue.next_wakeup() == t0 + 200ms);
  CHECK(polled(queue, t0 + 200ms) == "-1 2");
}

TEST_CASE("Whoever can be served in the moment of the deadline is", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(1, 1s)}});
  fixture.limit("calls");
  RateLimitQueue queue(fixture.limiter);
  REQUIRE(queue.join(wanted("calls", 1, t0 + 1s), t0));
  CHECK(polled(queue, t0 + 1s) == "1");
}

TEST_CASE("Whoever leaves takes nothing, and whoever is next moves up", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  fixture.limit("calls", of_count(10));
  RateLimitQueue queue(fixture.limiter);
  const auto first = queue.join(wanted("calls", 10, t0 + 1h), t0);
  REQUIRE(queue.join(wanted("calls", 1), t0));
  const auto third = queue.join(wanted("calls", 1), t0);
  CHECK(polled(queue, t0) == "");
  CHECK(queue.leave(*first));
  CHECK_FALSE(queue.leave(*first));
  CHECK(queue.leave(*third));
  CHECK(polled(queue, t0 + 100ms) == "2");
  CHECK_FALSE(queue.next_wakeup());
}

TEST_CASE("The queue is bounded", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(1, 1s)}});
  RateLimitQueue queue(fixture.limiter, 2);
  REQUIRE(queue.join(wanted("calls"), t0));
  const auto second = queue.join(wanted("calls"), t0);
  CHECK(queue.join(wanted("calls"), t0).error().code == ErrorCode::overloaded);
  CHECK(queue.leave(*second));
  CHECK(queue.join(wanted("calls"), t0));
}

TEST_CASE("Nobody joins for what can never be granted", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(1, 1s)}});
  RateLimitQueue queue(fixture.limiter);
  CHECK(queue.join(wanted("calls", 2), t0).error().field == "count");
  CHECK(queue.join(wanted("calls", -1), t0).error().field == "count");
  CHECK(queue.join(wanted("nonsense"), t0).error().code == ErrorCode::not_found);
  CHECK(queue.waiting() == 0);
}

TEST_CASE("A limit that becomes too small ends the wait with an error", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(5, 1s)}});
  fixture.limit("calls", of_count(5));
  RateLimitQueue queue(fixture.limiter);
  REQUIRE(queue.join(wanted("calls", 5), t0));
  REQUIRE(queue.join(wanted("calls", 1), t0));
  REQUIRE(fixture.limiter.define("calls", bucket(2, 1s)));
  const auto ended = queue.poll(t0 + 1s);
  REQUIRE(ended);
  CHECK_FALSE(ended->ok);
  CHECK(ended->error->field == "count");
  CHECK(polled(queue, t0 + 1s) == "2");
}

TEST_CASE("A reset serves those who wait as soon as the queue hears of it", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(1, 1h)}});
  fixture.limit("calls");
  RateLimitQueue queue(fixture.limiter);
  REQUIRE(queue.join(wanted("calls"), t0));
  CHECK(polled(queue, t0) == "");
  fixture.limiter.reset("calls");
  CHECK(polled(queue, t0 + 1s) == "");
  queue.on_changed("calls");
  queue.on_changed("calls", "nobody");
  CHECK(polled(queue, t0 + 1s) == "1");
}

TEST_CASE("try_acquire takes nothing while others wait", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  fixture.limit("calls", of_count(5));
  RateLimitQueue queue(fixture.limiter);
  CHECK(queue.try_acquire(wanted("calls", 1), t0)->ok);
  REQUIRE(queue.join(wanted("calls", 10), t0));
  CHECK_FALSE(queue.try_acquire(wanted("calls", 1), t0)->ok);
  CHECK(fixture.check("calls", of_count(0)).remaining == 4);
}

TEST_CASE("A limit that never refills keeps its line until the deadline", "[queue]") {
  LimiterFixture fixture({{"calls", bucket(0, 1s, 1)}});
  fixture.limit("calls");
  RateLimitQueue queue(fixture.limiter);
  const auto ticket = queue.join(wanted("calls"), t0);
  CHECK(polled(queue, t0) == "");
  CHECK_FALSE(queue.next_wakeup());
  REQUIRE(queue.join(wanted("calls", 1, t0 + 1s), t0));
  CHECK(queue.next_wakeup() == t0 + 1s);
  CHECK(polled(queue, t0 + 1s) == "-2");
  CHECK(queue.leave(*ticket));
}

TEST_CASE("Driven by its wake-ups alone, the queue serves all, in order, and never too early", "[queue]") {
  const auto seed = GENERATE(range(1u, 60u));
  const auto kind =
      GENERATE(LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::gcra, LimitKind::sliding_window);
  CAPTURE(seed, static_cast<int>(kind));
  std::mt19937 random(seed);
  auto config = of_kind(kind, 1 + random() % 9, std::chrono::milliseconds{1 + random() % 2000});
  LimiterFixture fixture({{"calls", config}}, Compatibility::sane, seed);
  RateLimitQueue queue(fixture.limiter);
  std::vector<double> counts;
  for (int i = 0; i < 50; ++i) {
    counts.push_back(1 + random() % static_cast<int>(config.rate));
    REQUIRE(queue.join(wanted("calls", counts.back()), t0));
  }
  std::size_t served = 0;
  double granted = 0;
  auto now = t0;
  int wakeups = 0;
  while (queue.waiting() > 0) {
    while (const auto acquired = queue.poll(now)) {
      REQUIRE(acquired->ok);
      REQUIRE(static_cast<std::uint64_t>(acquired->ticket) == served + 1);
      granted += counts[served++];
    }
    REQUIRE(granted <= config.rate * (2 + (now - t0) / config.period) + 1e-6);
    const auto next = queue.next_wakeup();
    REQUIRE((!next || *next > now));
    now = next.value_or(now);
    REQUIRE(++wakeups < 300);
  }
  CHECK(served == 50);
}
