// Limits whose consumption is written later (spec §8).
#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

RateLimitConfig asynchronous(double rate, RateDuration period) {
  auto config = bucket(rate, period);
  config.update_mode = UpdateMode::asynchronously;
  return config;
}

} // namespace

TEST_CASE("Asynchronous consumption is not seen until it is applied, and then counts in full", "[asynchronous]") {
  LimiterFixture fixture({{"calls", asynchronous(10, 1h)}});
  CHECK(fixture.limit("calls", of_count(8)).ok);
  CHECK(fixture.limit("calls", of_count(8)).ok);
  CHECK(fixture.limiter.row_count() == 0);
  fixture.limiter.apply_pending();
  CHECK(fixture.check("calls", of_count(0)).retry_after == 36min);
}

TEST_CASE("A reset queues behind the consumption before it", "[asynchronous]") {
  LimiterFixture fixture({{"calls", asynchronous(10, 1h)}});
  fixture.limit("calls", of_count(8));
  fixture.limiter.reset("calls");
  fixture.limit("calls", of_count(3));
  fixture.limiter.apply_pending();
  CHECK(fixture.check("calls", of_count(0)).remaining == 7);
}

TEST_CASE("A transaction that is undone queues nothing", "[asynchronous]") {
  LimiterFixture fixture({{"calls", asynchronous(10, 1h)}});
  {
    auto transaction = fixture.limiter.begin();
    fixture.limit("calls", of_count(8));
  }
  fixture.limiter.apply_pending();
  CHECK(fixture.limiter.row_count() == 0);
}

TEST_CASE("More than one batch is applied in order", "[asynchronous]") {
  LimiterFixture fixture({{"calls", asynchronous(10'000, 1h)}});
  for (int i = 0; i < 3000; ++i)
    fixture.limit("calls", for_key(i % 2 == 0 ? "a" : "b"));
  fixture.limiter.apply_pending();
  CHECK(fixture.check("calls", for_key("a", 0)).remaining == 8500);
  CHECK(fixture.check("calls", for_key("b", 0)).remaining == 8500);
}

TEST_CASE("An asynchronous limit has neither shards nor handles", "[asynchronous]") {
  auto config = asynchronous(10, 1h);
  LimiterFixture fixture({{"calls", config}});
  CHECK(fixture.limiter.reserve("calls").error().field == "name");
  config.shards = 1;
  CHECK(fixture.limiter.define("calls", config).error().field == "shards");
}

TEST_CASE("What was applied in a transaction that is undone is applied later", "[asynchronous]") {
  LimiterFixture fixture({{"calls", asynchronous(10, 1h)}});
  fixture.limit("calls", of_count(7));
  {
    const auto transaction = fixture.limiter.begin();
    fixture.limit("calls", of_count(1));
    fixture.limiter.apply_pending();
    fixture.limit("calls", of_count(1));
    {
      const auto inner = fixture.limiter.begin();
      fixture.limiter.apply_pending();
    }
  }
  CHECK(fixture.limiter.row_count() == 0);
  fixture.limiter.apply_pending();
  CHECK(fixture.limiter.peek("calls")->remaining == 3);
}
