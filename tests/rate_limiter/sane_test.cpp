// Where `Compatibility::sane` and `Compatibility::reference` part (spec §11).
#include <cmath>
#include <limits>

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

std::string sane_fault(const RateLimitConfig& config, const LimitRequest& request = {}) {
  return LimiterFixture({{"calls", config}}).fault("calls", request);
}

bool reference_accepts(const RateLimitConfig& config, const LimitRequest& request = {}) {
  return LimiterFixture({{"calls", config}}, Compatibility::reference).fault("calls", request).empty();
}

} // namespace

TEST_CASE("A max_reserved of 0 means none, and to the reference no bound", "[sane]") {
  auto config = bucket(1, 1s);
  config.max_reserved = 0;
  CHECK(sane_fault(config, reserving(2)) == "count");
  LimiterFixture sane({{"calls", config}});
  CHECK(sane.limit("calls", reserving(1)).ok);
  CHECK_FALSE(sane.limit("calls", reserving(1)).ok);
  LimiterFixture reference({{"calls", config}}, Compatibility::reference);
  CHECK(reference.limit("calls", reserving(50)).ok);
}

TEST_CASE("Counts that are not finite are errors", "[sane]") {
  CHECK(sane_fault(bucket(1, 1s), of_count(not_a_number)) == "count");
  CHECK(sane_fault(bucket(1, 1s), of_count(infinity)) == "count");
  CHECK(sane_fault(bucket(1, 1s), of_count(-infinity)) == "count");
  CHECK(sane_fault(bucket(1, 1s), reserving(infinity)) == "count");
  CHECK(reference_accepts(bucket(1, 1s), of_count(not_a_number)));
  CHECK(reference_accepts(bucket(1, 1s), reserving(infinity)));
}

TEST_CASE("Configurations out of range are errors that name the field", "[sane]") {
  CHECK(sane_fault(bucket(-1, 1s)) == "rate");
  CHECK(sane_fault(bucket(not_a_number, 1s)) == "rate");
  CHECK(sane_fault(bucket(1, 0s)) == "period");
  CHECK(sane_fault(bucket(1, -1s)) == "period");
  CHECK(sane_fault(bucket(1, RateDuration{infinity})) == "period");
  CHECK(sane_fault(bucket(1, 1s, -1)) == "capacity");
  CHECK(sane_fault(bucket(1, 1s, infinity)) == "capacity");
  CHECK(sane_fault(bucket(1e19, 1s)) == "rate");
  CHECK(sane_fault(bucket(1, RateDuration{5e-324})) == "period");
  CHECK(sane_fault(bucket(1, RateDuration{1e19})) == "period");
  CHECK(sane_fault(bucket(1, 1s, 1e19)) == "capacity");
  auto config = bucket(1, 1s);
  config.max_reserved = -1;
  CHECK(sane_fault(config) == "maxReserved");
  for (const auto shards : {0.0, -1.0, 1.5, 1025.0, not_a_number}) {
    config = bucket(1, 1s);
    config.shards = shards;
    CHECK(sane_fault(config) == "shards");
  }
  CHECK(sane_fault(window(1, 1s, RateTime{RateDuration{not_a_number}})) == "start");
  CHECK(reference_accepts(bucket(-3, 1s, 5)));
  CHECK(reference_accepts(bucket(3, 0s)));
}

TEST_CASE("No configuration and no count that is accepted leads to what is not a number", "[sane]") {
  const auto kind = GENERATE(LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::sliding_window);
  const double rate = GENERATE(0.0, 5e-324, 1.0, 1e18);
  const auto period = GENERATE(RateDuration{1e-6}, RateDuration{1}, RateDuration{1e18});
  CAPTURE(static_cast<int>(kind), rate, period.count());
  auto config = of_kind(kind, rate, period);
  if (kind != LimitKind::sliding_window)
    config.capacity = 2;
  LimiterFixture fixture({{"calls", config}});
  const auto most = config.maximum();
  double granted = 0;
  for (int i = 0; i < 20; ++i) {
    const auto verdict = fixture.limit("calls", of_count(std::min(most, 1.0)));
    granted += verdict.ok;
    REQUIRE(verdict.remaining >= 0);
    REQUIRE(verdict.reset_after >= RateDuration::zero());
    REQUIRE((verdict.ok || verdict.retry_after > RateDuration::zero()));
    REQUIRE(std::isfinite(fixture.limiter.rows().at(0).state.value));
    fixture.advance(i % 2 == 0 ? RateDuration{0} : RateDuration{0.1});
  }
  if (rate == 0 && kind != LimitKind::sliding_window)
    CHECK(granted == 2);
}

TEST_CASE("No amount is so large that a bucket is lost", "[sane]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  CHECK(fixture.fault("calls", of_count(-1e19)) == "count");
  CHECK(fixture.limiter.credit("calls", 1e19).error().field == "count");
  CHECK(fixture.limiter.peek("calls", {{}, infinity, {}}).error().field == "count");
  const auto reservation = fixture.limiter.reserve("calls", {{}, 1});
  CHECK(fixture.limiter.commit(reservation->id, 1.7e308).error().field == "used");
  CHECK(fixture.limiter.commit(reservation->id, 1).value());
}

TEST_CASE("A token bucket has no start", "[sane]") {
  auto config = bucket(1, 1s);
  config.start = t0;
  CHECK(sane_fault(config) == "start");
  CHECK_FALSE(reference_accepts(config));
}

TEST_CASE("Two shards together serve what neither can alone", "[sane]") {
  auto config = bucket(10, 1s);
  config.shards = 2;
  CHECK(LimiterFixture({{"calls", config}}).limit("calls", of_count(8)).ok);
  CHECK_FALSE(LimiterFixture({{"calls", config}}, Compatibility::reference).limit("calls", of_count(8)).ok);
}

TEST_CASE("Shards that nobody used are combined like used ones", "[sane]") {
  auto config = bucket(40, 1s);
  config.shards = 4;
  CHECK(LimiterFixture({{"calls", config}}).limit("calls", of_count(15)).ok);
  CHECK_FALSE(LimiterFixture({{"calls", config}}, Compatibility::reference).limit("calls", of_count(15)).ok);
}

TEST_CASE("The error of a sharded limit tells with how many shards it would work", "[sane]") {
  auto config = bucket(100, 1s);
  config.shards = 10;
  LimiterFixture fixture({{"calls", config}});
  const auto verdict = fixture.limiter.limit("calls", of_count(30));
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().message ==
        "Rate limit calls count 30 exceeds 20 per 10 shards. With 6 shards it could be served.");
}

TEST_CASE("A refusal keeps the window start that it drew, so that its wait is true", "[sane]") {
  auto config = window(10, 1h, std::nullopt);
  config.shards = 2;
  LimiterFixture fixture({{"calls", config}});
  // One shard is used up; the other one, unused, cannot make up for it.
  while (fixture.limiter.row_count() == 0)
    fixture.limit("calls", of_count(5));
  const auto refused = fixture.limit("calls", of_count(10));
  REQUIRE_FALSE(refused.ok);
  CHECK(fixture.limiter.row_count() == 2);
  CHECK(fixture.limiter.peek("calls")->remaining == 5);
  fixture.advance(RateDuration{std::ceil(refused.retry_after->count())});
  CHECK(fixture.limit("calls", of_count(10)).ok);
}

TEST_CASE("A reservation that would never come true is refused", "[sane]") {
  const auto config = bucket(0, 1s, 1);
  LimiterFixture sane({{"calls", config}});
  CHECK(sane.limit("calls").ok);
  const auto refused = sane.limit("calls", reserving(1));
  CHECK_FALSE(refused.ok);
  CHECK(std::isinf(refused.retry_after->count()));
  LimiterFixture reference({{"calls", config}}, Compatibility::reference);
  reference.limit("calls");
  CHECK(reference.limit("calls", reserving(1)).ok);
}

TEST_CASE("A clock that steps back neither takes nor grants tokens", "[sane]") {
  const auto kind =
      GENERATE(LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::sliding_window, LimitKind::gcra);
  auto config = of_kind(kind, 10, 1s);
  LimiterFixture fixture({{"calls", config}});
  fixture.limit("calls", of_count(4));
  fixture.advance(-10min);
  CHECK(fixture.check("calls", of_count(6)).ok);
  CHECK_FALSE(fixture.check("calls", of_count(7)).ok);
  fixture.advance(10min);
  CHECK_FALSE(fixture.check("calls", of_count(7)).ok);
}

TEST_CASE("While the clock is behind, the wait includes the way back", "[sane]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  fixture.limit("calls", of_count(10));
  fixture.advance(-1s);
  const auto verdict = fixture.limit("calls");
  CHECK(verdict.retry_after == 1100ms);
  CHECK(verdict.reset_after == 2s);
  CHECK(fixture.limiter.peek("calls")->reset_after == 2s);
}

TEST_CASE("A fixed window that starts in the future grants nothing before", "[sane]") {
  LimiterFixture fixture({{"calls", window(2, 1h, t0 + 90min)}});
  CHECK_FALSE(fixture.limit("calls").ok);
  fixture.advance(30min);
  CHECK_FALSE(fixture.limit("calls").ok);
  fixture.advance(60min);
  CHECK(fixture.granted("calls") == 2);
}
