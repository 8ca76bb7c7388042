// GCRA and sliding windows: the kinds that the reference does not have.
#include <deque>
#include <random>

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

LimiterFixture limiter_of(const RateLimitConfig& config) { return LimiterFixture({{"calls", config}}); }

} // namespace

TEST_CASE("GCRA with a capacity of one spaces calls evenly", "[kinds]") {
  auto config = of_kind(LimitKind::gcra, 4, 1s);
  config.capacity = 1;
  auto fixture = limiter_of(config);
  CHECK(fixture.granted("calls") == 1);
  CHECK(fixture.limit("calls").retry_after == 250ms);
  fixture.advance(249ms);
  CHECK(fixture.granted("calls") == 0);
  fixture.advance(1ms);
  CHECK(fixture.granted("calls") == 1);
}

TEST_CASE("GCRA admits a burst up to the capacity, then the rate", "[kinds]") {
  auto config = of_kind(LimitKind::gcra, 3, 1s);
  config.capacity = 10;
  auto fixture = limiter_of(config);
  CHECK(fixture.granted("calls") == 10);
  fixture.advance(2s);
  CHECK(fixture.granted("calls") == 5); // The interval is 333,333,334 ns.
  fixture.advance(1ms);
  CHECK(fixture.granted("calls") == 1);
}

TEST_CASE("GCRA tells what remains and when it is full again", "[kinds]") {
  auto fixture = limiter_of(of_kind(LimitKind::gcra, 10, 1s));
  const auto verdict = fixture.limit("calls", of_count(4));
  CHECK(verdict.remaining == 6);
  CHECK(verdict.reset_after == 400ms);
  CHECK(fixture.limit("calls", of_count(0)).remaining == 6);
}

TEST_CASE("GCRA reserves in order, and gives back", "[kinds]") {
  auto fixture = limiter_of(of_kind(LimitKind::gcra, 1, 1s));
  CHECK_FALSE(fixture.limit("calls", reserving(1)).retry_after);
  CHECK(fixture.limit("calls", reserving(1)).retry_after == 1s);
  CHECK(fixture.limit("calls", reserving(1)).retry_after == 2s);
  CHECK(fixture.limiter.credit("calls", 2));
  CHECK(fixture.limit("calls").retry_after == 1s);
  CHECK(fixture.limiter.credit("calls", 50));
  CHECK(fixture.granted("calls") == 1);
}

TEST_CASE("GCRA reserves no more than it can tell the time of", "[kinds]") {
  auto fixture = limiter_of(of_kind(LimitKind::gcra, 1, 1h));
  CHECK_FALSE(fixture.limit("calls", reserving(1e6)).ok);
  CHECK_FALSE(fixture.limit("calls", reserving(1e18)).ok);
  RateDuration waited{};
  for (int i = 0; i < 5; ++i) {
    const auto verdict = fixture.limit("calls", reserving(8e5));
    if (!verdict.ok)
      break;
    CHECK(verdict.retry_after == waited + RateDuration{8e5 * 1h} - 1h * (i == 0));
    waited = *verdict.retry_after;
  }
  CHECK(waited > RateDuration::zero());
  CHECK_FALSE(fixture.limit("calls", reserving(8e5)).ok);
}

TEST_CASE("GCRA is exact to a thousandth, and refuses what it could not be exact for", "[kinds]") {
  CHECK(limiter_of(of_kind(LimitKind::gcra, 1001, 1ms)).fault("calls") == "rate");
  auto large = of_kind(LimitKind::gcra, 1, 1h);
  large.capacity = 1e6;
  CHECK(limiter_of(large).fault("calls") == "capacity");
  auto fixture = limiter_of(of_kind(LimitKind::gcra, 999, 1ms));
  int granted = 0;
  for (int i = 0; i < 100 * 1024; ++i) {
    granted += fixture.limit("calls").ok;
    fixture.advance(RateDuration{1.0 / 1024});
  }
  CHECK(granted >= 999 * 100 * 0.999);
  CHECK(granted <= 999 + 999 * 100);
}

TEST_CASE("GCRA does not drift: a million calls on time are all granted", "[kinds]") {
  auto config = of_kind(LimitKind::gcra, 1000, 1s);
  config.capacity = 1;
  auto fixture = limiter_of(config);
  bool all = true;
  for (int i = 0; i < 1'000'000; ++i) {
    all = all && fixture.limit("calls").ok;
    fixture.advance(1ms);
  }
  CHECK(all);
  fixture.advance(-1us);
  CHECK_FALSE(fixture.limit("calls").ok);
}

TEST_CASE("A sliding window counts the last window for the part that it still covers", "[kinds]") {
  auto fixture = limiter_of(of_kind(LimitKind::sliding_window, 10, 1s));
  CHECK(fixture.granted("calls") == 10);
  fixture.advance(1s);
  CHECK(fixture.limit("calls").retry_after->count() == Approx(100));
  fixture.advance(500ms);
  CHECK(fixture.granted("calls") == 5);
  fixture.advance(1500ms);
  CHECK(fixture.granted("calls") == 10);
}

TEST_CASE("A sliding window is aligned to its start", "[kinds]") {
  auto config = of_kind(LimitKind::sliding_window, 10, 1s);
  config.start = t0 + 750ms;
  auto fixture = limiter_of(config);
  CHECK(fixture.granted("calls") == 10);
  fixture.advance(750ms);
  CHECK(fixture.limit("calls").reset_after == 1s);
  fixture.advance(500ms);
  CHECK(fixture.granted("calls") == 5);
}

TEST_CASE("A refusal of a sliding window tells the wait after which the call fits", "[kinds]") {
  const auto seed = GENERATE(range(1u, 40u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  auto fixture = limiter_of(of_kind(LimitKind::sliding_window, 20, 1s));
  for (int i = 0; i < 500; ++i) {
    fixture.advance(std::chrono::milliseconds{random() % 200});
    const auto request = of_count(static_cast<double>(random() % 8));
    const auto verdict = fixture.limit("calls", request);
    if (verdict.ok)
      continue;
    REQUIRE(*verdict.retry_after > RateDuration::zero());
    fixture.advance(*verdict.retry_after + RateDuration{0.01});
    REQUIRE(fixture.check("calls", request).ok);
    fixture.advance(RateDuration{-0.02});
    REQUIRE_FALSE(fixture.check("calls", request).ok);
    fixture.advance(RateDuration{0.02});
  }
}

TEST_CASE("A sliding window does not slide back", "[kinds]") {
  const auto earlier = calculate({4, t0 + 1s}, of_kind(LimitKind::sliding_window, 10, 1s), t0, 1);
  CHECK(earlier.state.as_of == t0 + 1s);
  CHECK(earlier.balance == 3);
}

TEST_CASE("A sliding window refuses what it does not have", "[kinds]") {
  const auto config = of_kind(LimitKind::sliding_window, 10, 1s);
  auto fixture = limiter_of(config);
  CHECK(fixture.fault("calls", reserving(1)) == "reserve");
  CHECK(fixture.fault("calls", of_count(11)) == "count");
  auto capped = config;
  capped.capacity = 5;
  CHECK(limiter_of(capped).fault("calls") == "capacity");
  CHECK(limiter_of(of_kind(LimitKind::gcra, 0, 1s)).fault("calls") == "rate");
}

TEST_CASE("No kind grants more than its capacity and what came back since", "[kinds]") {
  const auto seed = GENERATE(range(1u, 25u));
  const auto kind = GENERATE(LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::gcra);
  CAPTURE(seed, static_cast<int>(kind));
  std::mt19937 random(seed);
  auto config = of_kind(kind, 1 + random() % 50, std::chrono::milliseconds{1 + random() % 5000});
  config.capacity = 1 + random() % 80;
  config.shards = 1 + random() % 4;
  auto fixture = LimiterFixture({{"calls", config}}, Compatibility::sane, seed);
  double granted = 0;
  for (int i = 0; i < 1000; ++i) {
    fixture.advance(std::chrono::milliseconds{random() % 300});
    const auto most = 2 * *config.capacity / std::max(2.0, *config.shards);
    const auto count = std::min(most, static_cast<double>(random() % 7));
    granted += fixture.limit("calls", of_count(count)).ok ? count : 0;
    // Windows begin at random, so that one more than fits may have begun.
    const auto windows = (fixture.now() - t0) / config.period + (kind == LimitKind::fixed_window ? 1 : 0);
    REQUIRE(granted <= *config.capacity + config.rate * windows + 1e-6);
  }
}

TEST_CASE("What is given back to a sliding window counts against the window before, too", "[kinds]") {
  auto fixture = limiter_of(of_kind(LimitKind::sliding_window, 10, 1s));
  CHECK(fixture.granted("calls") == 10);
  fixture.advance(1500ms);
  CHECK(fixture.limit("calls", of_count(2)).remaining == 3);
  CHECK(fixture.limiter.credit("calls", 4));
  CHECK(fixture.limiter.peek("calls")->remaining == Approx(7));
  CHECK(fixture.limit("calls", of_count(-1)).remaining == Approx(8));
  CHECK(fixture.limiter.credit("calls", 50));
  CHECK(fixture.limiter.peek("calls")->remaining == 10);
  CHECK(fixture.limiter.peek("calls")->reset_after == 0s);
}

TEST_CASE("A bucket that is lowered keeps its keys out no longer than it takes to fill up", "[kinds]") {
  const auto kind = GENERATE(LimitKind::token_bucket, LimitKind::gcra, LimitKind::sliding_window);
  CAPTURE(static_cast<int>(kind));
  auto fixture = limiter_of(of_kind(kind, 1000, 1h));
  fixture.limit("calls", of_count(2));
  REQUIRE(fixture.limiter.define("calls", of_kind(kind, 3, 1h)));
  const auto granted = fixture.granted("calls", {}, 10);
  CHECK(granted >= 2);
  CHECK(granted <= 3);
  CHECK(*fixture.limit("calls").retry_after <= (kind == LimitKind::sliding_window ? 2h : 1h));
  fixture.advance(2h);
  CHECK(fixture.granted("calls", {}, 10) == 3);
}

TEST_CASE("The last token of GCRA is there, too, if the clock steps back", "[kinds]") {
  const auto seed = GENERATE(range(1u, 200u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  auto config = of_kind(LimitKind::gcra, 1 + random() % 100, std::chrono::milliseconds{1 + random() % 100'000});
  config.capacity = 1 + random() % 9;
  auto fixture = limiter_of(config);
  fixture.advance(std::chrono::milliseconds{random() % 1'000'000'000});
  fixture.limit("calls", of_count(*config.capacity - 1));
  fixture.advance(-std::chrono::milliseconds{random() % 10'000});
  CHECK(fixture.limit("calls").ok);
  CHECK_FALSE(fixture.limit("calls").ok);
}

TEST_CASE("A client goes on by itself with what GCRA shows", "[kinds]") {
  auto fixture = limiter_of(of_kind(LimitKind::gcra, 10, 1s));
  fixture.limit("calls", of_count(9));
  const auto value = fixture.limiter.get_value("calls");
  CHECK(value->value == 1);
  CHECK(value->as_of == t0);
  CHECK(project(*value, t0, 1).ok);
  CHECK(project(*value, t0, 2).retry_at == t0 + 100ms);
  CHECK(project(*value, t0 + 300ms).value == 4);
}
