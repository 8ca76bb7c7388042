#include "sluice/rate_limiter.hpp"

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("A token bucket refills evenly up to its capacity", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s, 4)}});
  CHECK(fixture.granted("calls") == 4);
  CHECK(fixture.limit("calls").retry_after == 100ms);
  fixture.advance(250ms);
  CHECK(fixture.granted("calls") == 2);
  fixture.advance(1h);
  CHECK(fixture.granted("calls") == 4);
}

TEST_CASE("A fixed window gets its tokens at the boundary, and what is left rolls over", "[limit]") {
  auto config = window(10, 1s);
  config.capacity = 15;
  LimiterFixture fixture({{"calls", config}});
  CHECK(fixture.granted("calls", {}, 12) == 12);
  fixture.advance(999ms);
  CHECK(fixture.granted("calls") == 3);
  fixture.advance(1ms);
  CHECK(fixture.granted("calls") == 10);
  CHECK(fixture.limit("calls").retry_after == 1s);
}

TEST_CASE("A refusal takes nothing and no time", "[limit]") {
  const auto config = GENERATE(bucket(10, 1s), window(10, 1s), window(10, 1h, std::nullopt));
  LimiterFixture fixture({{"calls", config}});
  fixture.limit("calls", of_count(10));
  const auto before = fixture.limiter.rows();
  fixture.advance(50ms);
  CHECK_FALSE(fixture.limit("calls").ok);
  CHECK(fixture.limiter.rows() == before);
}

TEST_CASE("Each key has a bucket of its own, and the shared one is not that of the empty key", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(1, 1h)}});
  CHECK(fixture.limit("calls", for_key("a")).ok);
  CHECK(fixture.limit("calls", for_key("b")).ok);
  CHECK(fixture.limit("calls", for_key("")).ok);
  CHECK(fixture.limit("calls").ok);
  CHECK_FALSE(fixture.limit("calls", for_key("a")).ok);
  CHECK_FALSE(fixture.limit("calls", for_key("")).ok);
  CHECK_FALSE(fixture.limit("calls").ok);
}

TEST_CASE("Two names are two limits, also with the same key", "[limit]") {
  LimiterFixture fixture({{"reads", bucket(1, 1h)}, {"writes", bucket(1, 1h)}});
  CHECK(fixture.limit("reads", for_key("a")).ok);
  CHECK(fixture.limit("writes", for_key("a")).ok);
}

TEST_CASE("check answers like limit and takes nothing", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(1, 1s)}});
  CHECK(fixture.check("calls").ok);
  CHECK(fixture.check("calls").ok);
  CHECK(fixture.limiter.row_count() == 0);
  CHECK(fixture.limit("calls").ok);
  CHECK(fixture.check("calls").retry_after == 1s);
}

TEST_CASE("A verdict tells limit, remaining and the time until the bucket is full", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}, {"hourly", window(10, 1h)}});
  const auto granted = fixture.limit("calls", of_count(4));
  CHECK(granted.limit == 10);
  CHECK(granted.remaining == 6);
  CHECK(granted.reset_after == 400ms);
  const auto refused = fixture.limit("calls", of_count(8));
  CHECK_FALSE(refused.ok);
  CHECK(refused.remaining == 6);
  CHECK(refused.reset_after == 400ms);
  fixture.advance(20min);
  CHECK(fixture.limit("hourly").reset_after == 40min);
}

TEST_CASE("A full bucket needs no time to be full", "[limit]") {
  const auto kind =
      GENERATE(LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::gcra, LimitKind::sliding_window);
  LimiterFixture fixture({{"calls", of_kind(kind, 10, 1s)}});
  CHECK(fixture.limit("calls", of_count(0)).reset_after == 0s);
  CHECK(fixture.limit("calls", of_count(0)).remaining == 10);
}

TEST_CASE("In debt nothing remains", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  const auto reserved = fixture.limit("calls", reserving(15));
  CHECK(reserved.ok);
  CHECK(reserved.retry_after == 500ms);
  CHECK(reserved.remaining == 0);
  CHECK(reserved.reset_after == 1500ms);
}

TEST_CASE("Reservations get their times in order, and others are refused meanwhile", "[limit]") {
  auto config = bucket(1, 1s);
  config.max_reserved = 2;
  LimiterFixture fixture({{"calls", config}});
  CHECK_FALSE(fixture.limit("calls", reserving(1)).retry_after);
  CHECK(fixture.limit("calls", reserving(1)).retry_after == 1s);
  CHECK(fixture.limit("calls", reserving(1)).retry_after == 2s);
  CHECK_FALSE(fixture.limit("calls", reserving(1)).ok);
  fixture.advance(1500ms);
  CHECK_FALSE(fixture.limit("calls").ok);
}

TEST_CASE("A limit without configuration is not found", "[limit]") {
  LimiterFixture fixture({});
  const auto verdict = fixture.limiter.limit("calls");
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().code == ErrorCode::not_found);
}

TEST_CASE("A configuration in the request goes before the named one", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(1, 1h)}});
  LimitRequest request;
  request.config = bucket(3, 1h);
  CHECK(fixture.limit("calls", request).remaining == 2);
  request.config = bucket(5, 1h);
  CHECK(fixture.limit("unnamed", request).remaining == 4);
}

TEST_CASE("A configuration in the request must count like the named one", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(3, 1h)}});
  LimitRequest request;
  request.config = of_kind(LimitKind::gcra, 3, 1h);
  CHECK(fixture.fault("calls", request) == "kind");
  request.config = window(3, 1h);
  CHECK(fixture.limit("calls", request).ok);
}

TEST_CASE("A count that no bucket could hold is an error, not a refusal", "[limit]") {
  auto config = bucket(10, 1s);
  config.max_reserved = 5;
  LimiterFixture fixture({{"calls", config}});
  CHECK(fixture.fault("calls", of_count(11)) == "count");
  CHECK(fixture.fault("calls", reserving(15)).empty());
  CHECK(fixture.fault("calls", reserving(16)) == "count");
}

TEST_CASE("A negative count gives tokens, for the moment even above the capacity", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  fixture.limit("calls", of_count(10));
  CHECK(fixture.limit("calls", of_count(-4)).remaining == 4);
  CHECK(fixture.granted("calls") == 4);
  fixture.limiter.reset("calls");
  CHECK(fixture.limit("calls", of_count(-5)).remaining == 15);
  CHECK(fixture.limit("calls", of_count(0)).remaining == 10);
}

TEST_CASE("With throws, whatever would have to wait is thrown and takes nothing", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(2, 1s)}});
  auto request = of_count(2);
  request.throws = true;
  CHECK(fixture.limit("calls", request).ok);
  request.reserve = true;
  const auto before = fixture.limiter.rows();
  try {
    fixture.limit("calls", request);
    FAIL("nothing was thrown");
  } catch (const RateLimited& limited) {
    CHECK(limited.name() == "calls");
    CHECK(limited.retry_after() == 1s);
  }
  CHECK_THROWS_AS(fixture.limiter.check("calls", request), RateLimited);
  CHECK(fixture.limiter.rows() == before);
}

TEST_CASE("A dry run consumes what fits and admits what does not", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(1, 1s)}});
  LimitRequest request;
  request.dry_run = request.throws = true;
  const auto first = fixture.limit("calls", request);
  CHECK(first.ok);
  CHECK_FALSE(first.would_refuse);
  const auto second = fixture.limit("calls", request);
  CHECK(second.ok);
  CHECK(second.would_refuse);
  CHECK(second.retry_after == 1s);
  CHECK_FALSE(fixture.limit("calls").ok);
}

TEST_CASE("check answers a dry run like limit", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(1, 1s)}});
  fixture.limit("calls");
  LimitRequest request;
  request.dry_run = true;
  const auto checked = fixture.check("calls", request);
  CHECK(checked.ok);
  CHECK(checked.would_refuse);
}

TEST_CASE("A credit ends debt, stops at the capacity, and does nothing to an unused bucket", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  CHECK(fixture.limiter.credit("calls", 5));
  CHECK(fixture.limiter.row_count() == 0);
  fixture.limit("calls", reserving(13));
  CHECK(fixture.limiter.credit("calls", 2));
  CHECK_FALSE(fixture.check("calls", of_count(0)).ok);
  CHECK(fixture.limiter.credit("calls", 100));
  CHECK(fixture.granted("calls") == 10);
}

TEST_CASE("A credit to a sharded limit reaches every shard that lacks something", "[limit]") {
  auto config = bucket(40, 1h);
  config.shards = 4;
  LimiterFixture fixture({{"calls", config}});
  while (fixture.limiter.peek("calls")->remaining > 0)
    fixture.limit("calls");
  CHECK(fixture.limiter.credit("calls", 25));
  CHECK(fixture.limiter.peek("calls")->remaining == 25);
  CHECK(fixture.limiter.credit("calls", 25));
  CHECK(fixture.limiter.peek("calls")->remaining == 40);
}

TEST_CASE("A limit that is defined again keeps its buckets", "[limit]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  fixture.limit("calls", of_count(8));
  REQUIRE(fixture.limiter.define("calls", bucket(20, 1h)));
  CHECK(fixture.check("calls", of_count(0)).remaining == 2);
  CHECK(fixture.limiter.config("calls")->rate == 20);
  CHECK_FALSE(fixture.limiter.define("calls", bucket(-1, 1h)));
  CHECK(fixture.limiter.config("calls")->rate == 20);
}

TEST_CASE("A limit whose kind counts in another way begins afresh", "[limit]") {
  const auto before =
      GENERATE(LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::gcra, LimitKind::sliding_window);
  const auto after =
      GENERATE(LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::gcra, LimitKind::sliding_window);
  CAPTURE(static_cast<int>(before), static_cast<int>(after));
  auto config = of_kind(before, 10, 1h);
  if (before == LimitKind::fixed_window)
    config.start = t0;
  LimiterFixture fixture({{"calls", config}, {"others", bucket(10, 1h)}});
  fixture.limit("calls", for_key("a", 4));
  fixture.limit("others", for_key("a", 4));
  REQUIRE(fixture.limiter.define("calls", of_kind(after, 10, 1h)));
  const auto is_bucket_or_window = [](LimitKind kind) {
    return kind == LimitKind::token_bucket || kind == LimitKind::fixed_window;
  };
  const bool goes_on = before == after || (is_bucket_or_window(before) && is_bucket_or_window(after));
  CHECK(fixture.limiter.peek("calls", {"a", 1, {}})->remaining == Approx(goes_on ? 6 : 10));
  CHECK(fixture.limiter.peek("others", {"a", 1, {}})->remaining == 6);
}
