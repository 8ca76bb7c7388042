// Handles of reservations: commit, cancel, expiry, and what voids them.
#include <random>

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

Reservation reserved(LimiterFixture& fixture, double count, std::optional<std::string_view> key = {}) {
  ReserveRequest request;
  request.key = key;
  request.count = count;
  const auto reservation = fixture.limiter.reserve("calls", request);
  REQUIRE(reservation);
  return *reservation;
}

double remaining(LimiterFixture& fixture) { return fixture.limiter.peek("calls")->remaining; }

bool committed(LimiterFixture& fixture, ReservationId id, double used) {
  const auto result = fixture.limiter.commit(id, used);
  REQUIRE(result);
  return *result;
}

} // namespace

TEST_CASE("A reservation tells when to run, one after the other", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(1, 1s)}});
  CHECK(reserved(fixture, 1).run_at == t0);
  CHECK(reserved(fixture, 1).run_at == t0 + 1s);
  CHECK(reserved(fixture, 2).run_at == t0 + 3s);
}

TEST_CASE("commit gives back what was not used", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  const auto reservation = reserved(fixture, 8);
  CHECK(remaining(fixture) == 2);
  CHECK(committed(fixture, reservation.id, 3));
  CHECK(remaining(fixture) == 7);
}

TEST_CASE("commit charges what was used beyond the reservation, into debt if need be", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  const auto reservation = reserved(fixture, 8);
  CHECK(committed(fixture, reservation.id, 15));
  CHECK_FALSE(fixture.check("calls", of_count(0)).ok);
  CHECK(fixture.check("calls", of_count(0)).retry_after == 30min);
}

TEST_CASE("cancel gives everything back, also out of debt", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  reserved(fixture, 10);
  const auto second = reserved(fixture, 5);
  CHECK(fixture.limiter.cancel(second.id));
  CHECK(fixture.check("calls", of_count(0)).ok);
  CHECK(remaining(fixture) == 0);
}

TEST_CASE("cancel never fills a bucket above its capacity", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  const auto reservation = reserved(fixture, 8);
  fixture.advance(500ms);
  CHECK(fixture.limiter.cancel(reservation.id));
  CHECK(fixture.limiter.rows("calls")[0].state.value == 10);
}

TEST_CASE("cancel does not bring back a bucket that was evicted", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(10, 1s)}});
  const auto reservation = reserved(fixture, 8);
  fixture.advance(1s);
  CHECK(fixture.limiter.evict_idle(100) == 1);
  CHECK(fixture.limiter.cancel(reservation.id));
  CHECK(fixture.limiter.row_count() == 0);
}

TEST_CASE("A handle works once", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  const auto reservation = reserved(fixture, 8);
  CHECK(committed(fixture, reservation.id, 8));
  CHECK_FALSE(fixture.limiter.cancel(reservation.id));
  CHECK_FALSE(committed(fixture, reservation.id, 0));
  CHECK_FALSE(fixture.limiter.cancel(ReservationId{12345}));
  CHECK(remaining(fixture) == 2);
}

TEST_CASE("A refused reservation has no handle", "[reservation]") {
  auto config = bucket(1, 1h);
  config.max_reserved = 1;
  LimiterFixture fixture({{"calls", config}});
  reserved(fixture, 2);
  const auto refused = reserved(fixture, 1);
  CHECK_FALSE(refused.verdict.ok);
  CHECK(refused.id == ReservationId{});
  CHECK(fixture.limiter.open_reservations() == 1);
}

TEST_CASE("reset voids the handles of its key only", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  const auto a = reserved(fixture, 8, "a");
  const auto b = reserved(fixture, 8, "b");
  fixture.limiter.reset("calls", {"a", {}});
  fixture.limit("calls", for_key("a", 6));
  CHECK_FALSE(fixture.limiter.cancel(a.id));
  CHECK(fixture.check("calls", for_key("a", 0)).remaining == 4);
  CHECK(fixture.limiter.cancel(b.id));
  CHECK(fixture.check("calls", for_key("b", 0)).remaining == 10);
}

TEST_CASE("A handle that expired counts as used", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(1, 1h)}});
  reserved(fixture, 1);
  ReserveRequest request;
  request.hold = 10min;
  const auto reservation = fixture.limiter.reserve("calls", request);
  fixture.advance(60min + 10min - 1ms);
  CHECK(fixture.limiter.open_reservations() == 2);
  fixture.advance(1ms);
  CHECK_FALSE(fixture.limiter.cancel(reservation->id));
  CHECK(fixture.limiter.open_reservations() == 0);
}

TEST_CASE("The number of open handles is bounded", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(1000, 1h)}});
  for (int i = 0; i < 100; ++i)
    reserved(fixture, 1);
  const auto refused = fixture.limiter.reserve("calls");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::overloaded);
  CHECK(remaining(fixture) == 900);
}

TEST_CASE("What is not a reservation is an error that names the field", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  ReserveRequest request;
  request.count = -1;
  CHECK(fixture.limiter.reserve("calls", request).error().field == "count");
  request.count = 1;
  request.hold = -1s;
  CHECK(fixture.limiter.reserve("calls", request).error().field == "hold");
  CHECK(fixture.limiter.commit(ReservationId{1}, -1).error().field == "used");
  CHECK(fixture.limiter.reserve("nonsense").error().code == ErrorCode::not_found);
  CHECK(fixture.limiter.row_count() == 0);
}

TEST_CASE("A reservation from two shards is given back to both", "[reservation]") {
  auto config = bucket(10, 1h);
  config.shards = 2;
  config.max_reserved = 1; // Too little for one shard alone.
  LimiterFixture fixture({{"calls", config}});
  const auto reservation = reserved(fixture, 8);
  CHECK(fixture.limiter.row_count() == 2);
  CHECK(remaining(fixture) == 2);
  CHECK(committed(fixture, reservation.id, 4));
  CHECK(remaining(fixture) == 6);
}

TEST_CASE("A transaction undoes what happened to handles", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  const auto kept = reserved(fixture, 2);
  const auto voided = reserved(fixture, 3, "a");
  ReservationId undone{};
  {
    auto transaction = fixture.limiter.begin();
    undone = reserved(fixture, 5).id;
    CHECK(fixture.limiter.cancel(kept.id));
    fixture.limiter.reset("calls", {"a", {}});
  }
  CHECK(fixture.limiter.open_reservations() == 2);
  CHECK_FALSE(fixture.limiter.cancel(undone));
  CHECK(fixture.limiter.cancel(kept.id));
  CHECK(fixture.limiter.cancel(voided.id));
  CHECK(remaining(fixture) == 10);
}

TEST_CASE("Whatever is reserved and settled, the bucket holds what was really used", "[reservation]") {
  const auto seed = GENERATE(range(1u, 30u));
  const auto kind = GENERATE(LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::gcra);
  CAPTURE(seed, static_cast<int>(kind));
  std::mt19937 random(seed);
  auto config = of_kind(kind, 1000, 1000h);
  config.start = kind == LimitKind::fixed_window ? std::optional{t0} : std::nullopt;
  config.shards = 1 + random() % 3;
  LimiterFixture fixture({{"calls", config}}, Compatibility::sane, seed);
  std::vector<std::pair<ReservationId, double>> open;
  double used = 0;
  for (int i = 0; i < 60; ++i) {
    const auto count = static_cast<double>(random() % 20);
    open.emplace_back(reserved(fixture, count).id, count);
    if (random() % 2 == 0) {
      const auto actual = static_cast<double>(random() % 25);
      const auto at = open.begin() + static_cast<std::ptrdiff_t>(random() % open.size());
      CHECK(committed(fixture, at->first, actual));
      used += actual;
      open.erase(at);
    }
  }
  for (const auto& [id, count] : open)
    CHECK(fixture.limiter.cancel(id));
  CHECK(remaining(fixture) == Approx(1000 - used));
}

TEST_CASE("What is given back goes by the configuration of today", "[reservation]") {
  LimiterFixture fixture({{"calls", bucket(10, 1h)}});
  const auto reservation = fixture.limiter.reserve("calls", {{}, 1, 10h});
  REQUIRE(fixture.limiter.define("calls", bucket(100, 1h)));
  fixture.advance(30min);
  CHECK(remaining(fixture) == 59);
  CHECK(fixture.limiter.cancel(reservation->id));
  CHECK(remaining(fixture) == 60);
  fixture.advance(1h);
  CHECK(remaining(fixture) == 100);
}
