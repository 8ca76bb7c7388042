// Looking at a limit: get_value, project, peek, and what clients may read.
#include "sluice/rate_limit_probe.hpp"

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("get_value of an unused bucket is its capacity, as of 1970", "[value]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s, 5)}});
  const auto value = fixture.limiter.get_value("calls");
  REQUIRE(value);
  CHECK(value->value == 5);
  CHECK(value->as_of == RateTime{});
  CHECK(value->config.capacity == 5);
  CHECK(value->config.shards == 1);
}

TEST_CASE("get_value shows the bucket as stored, and project brings it to now", "[value]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  fixture.limit("calls", of_count(10));
  fixture.advance(300ms);
  const auto value = fixture.limiter.get_value("calls");
  CHECK(value->value == 0);
  CHECK(value->as_of == t0);
  const auto projection = project(*value, fixture.now(), 2);
  CHECK(projection.ok);
  CHECK(projection.value == Approx(1));
  CHECK(project(*value, fixture.now(), 5).retry_at == fixture.now() + 200ms);
}

TEST_CASE("project runs on the client's clock", "[value]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  fixture.limit("calls", of_count(10));
  // The client's clock is five seconds behind, the answer took 100 ms.
  const auto sent = t0 - 5s;
  const auto offset = clock_offset(t0 + 50ms, sent, 100ms);
  CHECK(offset == 5s);
  const auto projection = project(*fixture.limiter.get_value("calls"), sent + 100ms, 2, offset);
  CHECK_FALSE(projection.ok);
  CHECK(projection.retry_at == sent + 200ms);
  CHECK(projection.as_of == sent + 100ms);
}

TEST_CASE("get_value fills in where the window stands", "[value]") {
  LimiterFixture fixture({{"calls", window(10, 1h, std::nullopt)}});
  fixture.limit("calls");
  const auto value = fixture.limiter.get_value("calls");
  CHECK(value->config.start == value->as_of);
  CHECK(project(*value, t0).value == 9);
}

TEST_CASE("get_value of a sharded limit goes with the shard's share of the configuration", "[value]") {
  auto config = bucket(40, 1s);
  config.shards = 4;
  LimiterFixture sane({{"calls", config}});
  CHECK(sane.limiter.get_value("calls")->config.rate == 10);
  CHECK(sane.limiter.get_value("calls")->value == 10);
  LimiterFixture reference({{"calls", config}}, Compatibility::reference);
  CHECK(reference.limiter.get_value("calls")->config.rate == 40);
}

TEST_CASE("get_value of several samples is the fullest shard", "[value]") {
  auto config = bucket(20, 1h);
  config.shards = 2;
  LimiterFixture fixture({{"calls", config}});
  ValueRequest request;
  request.sample_shards = 2;
  for (std::uint32_t full : {0u, 1u}) {
    fixture.limiter.load({"calls", std::nullopt, full, {7, t0}});
    fixture.limiter.load({"calls", std::nullopt, 1 - full, {3, t0}});
    CHECK(fixture.limiter.get_value("calls", request)->shard == full);
  }
  request.sample_shards = 0;
  CHECK(fixture.limiter.get_value("calls", request).error().field == "sampleShards");
}

TEST_CASE("peek sums up all shards and takes nothing", "[value]") {
  auto config = bucket(40, 1s);
  config.shards = 4;
  LimiterFixture fixture({{"calls", config}});
  for (int i = 0; i < 15; ++i)
    fixture.limit("calls");
  const auto rows = fixture.limiter.row_count();
  const auto status = fixture.limiter.peek("calls");
  REQUIRE(status);
  CHECK(status->limit == 40);
  CHECK(status->remaining == 25);
  CHECK_FALSE(status->retry_after);
  CHECK(fixture.limiter.row_count() == rows);
}

TEST_CASE("peek tells the wait if no shard has enough", "[value]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  fixture.limit("calls", reserving(12));
  const auto status = fixture.limiter.peek("calls");
  CHECK(status->remaining == 0);
  CHECK(status->retry_after == 300ms);
  CHECK(status->reset_after == 1200ms);
  CHECK_FALSE(fixture.limiter.peek("nonsense"));
}

TEST_CASE("Of several shards peek tells the shortest wait", "[value]") {
  auto config = bucket(20, 1s);
  config.shards = 2;
  LimiterFixture fixture({{"calls", config}});
  fixture.limiter.load({"calls", std::nullopt, 0, {-5, t0}});
  fixture.limiter.load({"calls", std::nullopt, 1, {-2, t0}});
  CHECK(fixture.limiter.peek("calls")->retry_after == 300ms);
}

TEST_CASE("A client reads the bucket that the server chose", "[value]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  fixture.limit("calls", for_key("anna", 4));
  LimitProbe probe{"calls", "anna", {}, {}, false};
  CHECK(read_limit(fixture.limiter, probe)->value == 6);
  ProbeRequest request;
  request.key = "bert";
  CHECK(read_limit(fixture.limiter, probe, request)->value == 6);
}

TEST_CASE("A client that sends a key is refused unless a function takes it", "[value]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  fixture.limit("calls", for_key("user:anna", 4));
  LimitProbe probe{"calls", {}, {}, {}, false};
  ProbeRequest request;
  request.key = "anna";
  CHECK(read_limit(fixture.limiter, probe, request).error().field == "key");
  probe.key = [](auto sent) -> Result<std::optional<std::string>> {
    return std::optional{"user:" + std::string(sent.value_or(""))};
  };
  CHECK(read_limit(fixture.limiter, probe, request)->value == 6);
  probe.key = [](auto) -> Result<std::optional<std::string>> { return invalid("key", "Not yours."); };
  CHECK(read_limit(fixture.limiter, probe, request).error().message == "Not yours.");
}

TEST_CASE("A client names another limit only where that is allowed", "[value]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}, {"mails", bucket(3, 1h)}});
  LimitProbe probe{"calls", {}, {}, {}, false};
  ProbeRequest request;
  request.name = "mails";
  CHECK(read_limit(fixture.limiter, probe, request)->value == 10);
  request.config = bucket(7, 1h);
  CHECK(read_limit(fixture.limiter, probe, request)->value == 10);
  probe.client_chooses = true;
  CHECK(read_limit(fixture.limiter, probe, request)->value == 7);
  request.config.reset();
  CHECK(read_limit(fixture.limiter, probe, request)->value == 3);
}
