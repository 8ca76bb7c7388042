// Buckets that are full again may be forgotten, and nobody can tell.
#include <random>

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

constexpr auto everything = std::numeric_limits<std::size_t>::max();

RateLimitConfig random_config(std::mt19937& random) {
  const auto kinds = {LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::gcra, LimitKind::sliding_window};
  auto config =
      of_kind(*(kinds.begin() + random() % 4), 1 + random() % 20, std::chrono::milliseconds{1 + random() % 3000});
  if (config.kind != LimitKind::sliding_window && random() % 2 == 0)
    config.capacity = 1 + random() % 30;
  if (config.kind == LimitKind::fixed_window && random() % 4 != 0)
    config.start = t0 + std::chrono::milliseconds{static_cast<int>(random() % 4000) - 2000};
  if (random() % 3 == 0)
    config.shards = 1 + random() % 3;
  return config;
}

} // namespace

TEST_CASE("A token bucket is forgotten once it is full again", "[eviction]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  fixture.limit("calls", for_key("a", 5));
  fixture.advance(499ms);
  CHECK(fixture.limiter.evict_idle(everything) == 0);
  fixture.advance(1ms);
  CHECK(fixture.limiter.evict_idle(everything) == 1);
  CHECK(fixture.limiter.row_count() == 0);
}

TEST_CASE("A fixed window is forgotten only if its start is known", "[eviction]") {
  LimiterFixture fixture({{"fixed", window(10, 1s)}, {"random", window(10, 1s, std::nullopt)}});
  fixture.limit("fixed");
  fixture.limit("random");
  fixture.advance(1h);
  CHECK(fixture.limiter.evict_idle(everything) == 1);
  CHECK(fixture.limiter.rows("random").size() == 1);
}

TEST_CASE("Debt and gifts are not forgotten", "[eviction]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  fixture.limit("calls", reserving(20));
  fixture.limit("calls", for_key("a", 1));
  fixture.advance(10min);
  CHECK(fixture.limiter.evict_idle(everything) == 1);
  CHECK(fixture.limiter.rows("calls").size() == 1);
}

TEST_CASE("A bucket is full by the configuration of the call that wrote it last", "[eviction]") {
  LimiterFixture fixture({});
  auto slow = for_key("a", 5);
  slow.config = bucket(10, 1h);
  auto fast = for_key("b", 5);
  fast.config = bucket(10, 1s);
  fixture.limit("calls", slow);
  fixture.limit("calls", fast);
  fixture.advance(500ms);
  CHECK(fixture.limiter.evict_idle(everything) == 1);
  REQUIRE(fixture.limiter.rows("calls", "a").size() == 1);
  CHECK(fixture.limiter.rows("calls", "a").front().config == slow.config);
  SECTION("also when it was stored in between") {
    LimiterFixture other({});
    other.limiter.load(fixture.limiter.rows("calls", "a").front());
    other.advance(29min);
    CHECK(other.limiter.evict_idle(everything) == 0);
    other.advance(1min);
    CHECK(other.limiter.evict_idle(everything) == 1);
  }
  SECTION("and by that of its name") {
    REQUIRE(fixture.limiter.define("calls", bucket(10, 24h)));
    fixture.advance(1h);
    CHECK(fixture.limiter.evict_idle(everything) == 0);
    fixture.advance(11h);
    CHECK(fixture.limiter.evict_idle(everything) == 1);
  }
  SECTION("but not after a call was undone") {
    {
      auto transaction = fixture.limiter.begin();
      slow.config = bucket(10, 1s);
      fixture.limit("calls", slow);
    }
    fixture.advance(10min);
    CHECK(fixture.limiter.evict_idle(everything) == 0);
  }
}

TEST_CASE("Buckets of more configurations than can be told apart are kept", "[eviction]") {
  LimiterFixture fixture({});
  for (int i = 1; i <= 300; ++i) {
    const auto key = std::to_string(i);
    auto request = for_key(key);
    request.config = bucket(10 + i, 1s);
    fixture.limit("calls", request);
  }
  fixture.advance(1h);
  while (fixture.limiter.evict_idle(everything) > 0)
    ;
  CHECK(fixture.limiter.row_count() == 300 - 254);
  CHECK_FALSE(fixture.limiter.rows().front().config);
}

TEST_CASE("Eviction a few places at a time reaches every row", "[eviction]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  for (int i = 0; i < 1000; ++i)
    fixture.limit("calls", for_key("key-" + std::to_string(i)));
  fixture.advance(1s);
  for (int i = 0; i < 600 && fixture.limiter.row_count() > 0; ++i)
    CHECK(fixture.limiter.evict_idle(10) <= 10);
  CHECK(fixture.limiter.row_count() == 0);
}

TEST_CASE("No verdict tells a limiter that evicts from one that does not", "[eviction]") {
  const auto seed = GENERATE(range(1u, 120u));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto config = random_config(random);
  const bool is_named = random() % 2 == 0;
  const auto limits = is_named ? NamedLimits{{"calls", config}} : NamedLimits{};
  LimiterFixture keeping(limits, Compatibility::sane, seed);
  LimiterFixture evicting(limits, Compatibility::sane, seed);
  std::size_t evicted = 0;
  const auto most = config.maximum() / std::max(1.0, config.shards.value_or(1) / 2);
  for (int i = 0; i < 400; ++i) {
    const auto step = std::chrono::milliseconds{random() % 4 == 0 ? random() % 8000 : random() % 300};
    keeping.advance(step);
    evicting.advance(step);
    auto request = of_count(std::min(most, static_cast<double>(random() % 12)));
    request.key = random() % 2 == 0 ? "a" : "b";
    if (!is_named)
      request.config = config;
    request.reserve = config.kind != LimitKind::sliding_window && random() % 5 == 0;
    const auto expected = keeping.limit("calls", request);
    const auto actual = evicting.limit("calls", request);
    REQUIRE(actual.ok == expected.ok);
    REQUIRE(actual.retry_after == expected.retry_after);
    REQUIRE(actual.remaining == expected.remaining);
    REQUIRE(actual.reset_after == expected.reset_after);
    evicted += evicting.limiter.evict_idle(random() % 8);
  }
  const bool has_known_start = config.kind != LimitKind::fixed_window || config.start;
  CHECK((evicted > 0 || !has_known_start || config.shards));
}

TEST_CASE("A sliding window is forgotten only if a new one begins where it does", "[eviction]") {
  const auto period = GENERATE(RateDuration{333.3}, RateDuration{500});
  LimiterFixture fixture({{"calls", of_kind(LimitKind::sliding_window, 2, period)}});
  fixture.limit("calls");
  fixture.advance(10s);
  CHECK(fixture.limiter.evict_idle(100) == (period == RateDuration{500} ? 1u : 0u));
}
