// What `reset` promises: a fresh start for exactly one name and key.
#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

ResetRequest of(std::string_view key) { return {key, {}}; }

} // namespace

TEST_CASE("reset gives a key its full capacity back", "[reset]") {
  LimiterFixture fixture({{"calls", bucket(3, 1h)}});
  CHECK(fixture.granted("calls", "a") == 3);
  fixture.limiter.reset("calls", of("a"));
  CHECK(fixture.granted("calls", "a") == 3);
}

TEST_CASE("reset of a key leaves other keys, the shared bucket and other limits alone", "[reset]") {
  LimiterFixture fixture({{"calls", bucket(1, 1h)}, {"mails", bucket(1, 1h)}});
  fixture.limit("calls");
  fixture.limit("calls", for_key("a"));
  fixture.limit("calls", for_key("b"));
  fixture.limit("calls", for_key(""));
  fixture.limit("mails", for_key("a"));
  fixture.limiter.reset("calls", of("a"));
  CHECK_FALSE(fixture.check("calls").ok);
  CHECK(fixture.check("calls", for_key("a")).ok);
  CHECK_FALSE(fixture.check("calls", for_key("b")).ok);
  CHECK_FALSE(fixture.check("calls", for_key("")).ok);
  CHECK_FALSE(fixture.check("mails", for_key("a")).ok);
}

TEST_CASE("reset without a key resets the shared bucket only", "[reset]") {
  LimiterFixture fixture({{"calls", bucket(1, 1h)}});
  fixture.limit("calls");
  fixture.limit("calls", for_key("a"));
  fixture.limit("calls", for_key(""));
  fixture.limiter.reset("calls");
  CHECK(fixture.check("calls").ok);
  CHECK_FALSE(fixture.check("calls", for_key("a")).ok);
  CHECK_FALSE(fixture.check("calls", for_key("")).ok);
}

TEST_CASE("reset of what nobody used, or nobody knows, does nothing", "[reset]") {
  LimiterFixture fixture({{"calls", bucket(1, 1h)}});
  fixture.limiter.reset("calls");
  fixture.limiter.reset("calls", of("a"));
  fixture.limiter.reset("nonsense", of("a"));
  CHECK(fixture.limiter.row_count() == 0);
  CHECK(fixture.granted("calls") == 1);
}

TEST_CASE("reset forgets all shards, also those beyond a smaller number of today", "[reset]") {
  auto config = bucket(100, 1h);
  config.shards = 10;
  LimiterFixture fixture({{"calls", config}});
  fixture.granted("calls", "a", 90);
  CHECK(fixture.limiter.rows("calls", "a").size() == 10);
  config.shards = 2;
  REQUIRE(fixture.limiter.define("calls", config));
  fixture.limiter.reset("calls", of("a"));
  CHECK(fixture.limiter.row_count() == 0);
}

TEST_CASE("After reset a fixed window with a start keeps its boundaries", "[reset]") {
  LimiterFixture fixture({{"calls", window(1, 1h, t0 + 20min)}});
  fixture.limit("calls");
  fixture.limiter.reset("calls");
  fixture.limit("calls");
  CHECK(fixture.limit("calls").retry_after == 20min);
}

TEST_CASE("After reset a fixed window without a start begins somewhere else", "[reset]") {
  LimiterFixture fixture({{"calls", window(1, 1h, std::nullopt)}});
  std::vector<RateDuration> waits;
  for (int i = 0; i < 5; ++i) {
    fixture.limit("calls");
    waits.push_back(*fixture.limit("calls").retry_after);
    CHECK(waits.back() > RateDuration::zero());
    CHECK(waits.back() <= 1h);
    fixture.limiter.reset("calls");
  }
  std::ranges::sort(waits);
  CHECK(std::ranges::adjacent_find(waits) == waits.end());
}

TEST_CASE("reset ends the debt of reservations", "[reset]") {
  LimiterFixture fixture({{"calls", bucket(1, 1h)}});
  fixture.limit("calls", reserving(10));
  fixture.limiter.reset("calls");
  CHECK(fixture.limit("calls").ok);
}

TEST_CASE("clear forgets all buckets of all limits", "[reset]") {
  LimiterFixture fixture({{"calls", bucket(1, 1h)}, {"mails", bucket(1, 1h)}});
  fixture.limit("calls", for_key("a"));
  fixture.limit("mails");
  fixture.limiter.clear();
  CHECK(fixture.limiter.row_count() == 0);
  CHECK(fixture.limit("calls", for_key("a")).ok);
  CHECK(fixture.limit("mails").ok);
}
