// Several calls that take effect together or not at all (spec §10).
#include <array>

#include "limiter_fixture.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

const NamedLimits limits{{"user", bucket(2, 1s)}, {"org", bucket(3, 2s)}, {"hourly", window(5, 1h, std::nullopt)}};

auto sorted(std::vector<LimitRow> rows) {
  std::ranges::sort(rows, {}, [](const LimitRow& row) { return std::tie(row.name, row.key, row.shard); });
  return rows;
}

} // namespace

TEST_CASE("A transaction that is not committed leaves everything as it was", "[transaction]") {
  LimiterFixture fixture(limits);
  fixture.limit("user", for_key("a"));
  const auto before = sorted(fixture.limiter.rows());
  {
    auto transaction = fixture.limiter.begin();
    fixture.limit("user", for_key("a"));
    fixture.limit("user", for_key("b"));
    fixture.limiter.reset("user", {"a", {}});
    fixture.limit("user", for_key("a"));
    fixture.limiter.clear();
    fixture.limit("org");
  }
  CHECK(sorted(fixture.limiter.rows()) == before);
}

TEST_CASE("A transaction that is committed stays, and the next one starts clean", "[transaction]") {
  LimiterFixture fixture(limits);
  {
    auto transaction = fixture.limiter.begin();
    fixture.limit("user");
    transaction.commit();
  }
  {
    auto transaction = fixture.limiter.begin();
    fixture.limit("user");
  }
  CHECK(fixture.granted("user") == 1);
}

TEST_CASE("An exception that passes undoes the calls before it", "[transaction]") {
  LimiterFixture fixture(limits);
  auto request = of_count(3);
  request.reserve = request.throws = true;
  const auto work = [&] {
    auto transaction = fixture.limiter.begin();
    fixture.limit("org");
    fixture.limit("user", request);
    transaction.commit();
  };
  CHECK_THROWS_AS(work(), RateLimited);
  CHECK(fixture.limiter.row_count() == 0);
}

TEST_CASE("Time stands still within a transaction", "[transaction]") {
  LimiterFixture fixture(limits);
  fixture.granted("user");
  auto transaction = fixture.limiter.begin();
  fixture.advance(1h);
  CHECK_FALSE(fixture.limit("user").ok);
  transaction.commit();
  CHECK(fixture.limit("user").ok);
}

TEST_CASE("A transaction inside another one is undone alone", "[transaction]") {
  LimiterFixture fixture(limits);
  auto outer = fixture.limiter.begin();
  fixture.limit("user");
  {
    auto inner = fixture.limiter.begin_at(fixture.now() + 1h);
    fixture.limit("user", of_count(2));
  }
  CHECK(fixture.check("user", of_count(0)).remaining == 1);
  outer.commit();
  CHECK(fixture.check("user", of_count(0)).remaining == 1);
}

TEST_CASE("A transaction tells each row that it wrote or removed once", "[transaction]") {
  LimiterFixture fixture(limits);
  fixture.limit("user", for_key("old"));
  auto transaction = fixture.limiter.begin();
  fixture.limit("user", for_key("a"));
  fixture.limit("user", for_key("a"));
  fixture.limiter.reset("user", {"old", {}});
  fixture.limit("org");
  const auto changes = transaction.changes();
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].row == LimitRow{"user", "a", 0, {0, fixture.now()}});
  CHECK(changes[1].row.key == "old");
  CHECK(changes[1].removed);
  CHECK(changes[2].row == LimitRow{"org", std::nullopt, 0, {2, fixture.now()}});
  transaction.commit();
}

TEST_CASE("A transaction tells the shared row from that of the empty key", "[transaction]") {
  LimiterFixture fixture(limits);
  auto transaction = fixture.limiter.begin();
  fixture.limit("user", for_key(""));
  fixture.limit("user");
  CHECK(transaction.changes().size() == 2);
  transaction.commit();
}

TEST_CASE("Rows that were saved go on where they were after load", "[transaction]") {
  LimiterFixture before(limits);
  before.limit("user", for_key("a", 2));
  before.limit("hourly");
  LimiterFixture after(limits);
  for (const auto& row : before.limiter.rows())
    after.limiter.load(row);
  CHECK(sorted(after.limiter.rows()) == sorted(before.limiter.rows()));
  CHECK_FALSE(after.limit("user", for_key("a")).ok);
  CHECK(after.granted("hourly") == 4);
  after.limiter.reset("user", {"a", {}});
  CHECK(after.limit("user", for_key("a")).ok);
}

TEST_CASE("limit_all takes from all if all have enough", "[transaction]") {
  LimiterFixture fixture(limits);
  const std::array demands{LimitDemand{"user", for_key("a")}, LimitDemand{"org", for_key("o", 2)}};
  const auto verdict = fixture.limiter.limit_all(demands);
  REQUIRE(verdict);
  CHECK(verdict->ok);
  CHECK_FALSE(verdict->binding);
  CHECK(verdict->verdicts[0].remaining == 1);
  CHECK(verdict->verdicts[1].remaining == 1);
}

TEST_CASE("limit_all takes nothing if one has not enough, and names it", "[transaction]") {
  LimiterFixture fixture(limits);
  fixture.limit("org", for_key("o", 3));
  const auto before = sorted(fixture.limiter.rows());
  const std::array demands{LimitDemand{"user", for_key("a")}, LimitDemand{"org", for_key("o")},
                           LimitDemand{"hourly", {}}};
  const auto verdict = fixture.limiter.limit_all(demands);
  REQUIRE(verdict);
  CHECK_FALSE(verdict->ok);
  CHECK(verdict->binding == 1u);
  CHECK(verdict->retry_after->count() == Approx(2000.0 / 3));
  CHECK(verdict->verdicts[0].ok);
  CHECK_FALSE(verdict->verdicts[1].ok);
  auto after = sorted(fixture.limiter.rows());
  // Of a window that nobody used only the start is kept.
  CHECK(after.front().name == "hourly");
  CHECK(after.front().state.value == 5);
  after.erase(after.begin());
  CHECK(after == before);
}

TEST_CASE("Of several that refuse, limit_all names the one with the longest wait", "[transaction]") {
  LimiterFixture fixture(limits);
  fixture.granted("user");
  fixture.granted("org");
  const std::array demands{LimitDemand{"org", {}}, LimitDemand{"user", {}}};
  const auto verdict = fixture.limiter.limit_all(demands);
  CHECK(verdict->binding == 0u);
  CHECK(verdict->retry_after == verdict->verdicts[0].retry_after);
  CHECK(verdict->retry_after > verdict->verdicts[1].retry_after);
}

TEST_CASE("A reservation that did not come about does not bind", "[transaction]") {
  LimiterFixture fixture(limits);
  fixture.granted("user");
  const std::array demands{LimitDemand{"org", reserving(30)}, LimitDemand{"user", {}}};
  const auto verdict = fixture.limiter.limit_all(demands);
  CHECK_FALSE(verdict->ok);
  CHECK(verdict->binding == 1u);
  CHECK(verdict->retry_after == 500ms);
}

TEST_CASE("limit_all does not look at dry_run and throws", "[transaction]") {
  LimiterFixture fixture(limits);
  auto dry = of_count(2);
  dry.dry_run = true;
  const std::array demands{LimitDemand{"user", dry}};
  CHECK(fixture.limiter.limit_all(demands)->ok);
  CHECK_FALSE(fixture.limiter.limit_all(demands)->ok);
  auto throwing = reserving(4);
  throwing.throws = true;
  const std::array once{LimitDemand{"user", throwing}};
  CHECK(fixture.limiter.limit_all(once)->ok);
  CHECK(fixture.check("user", of_count(0)).retry_after == 2s);
}

TEST_CASE("limit_all counts a key that is named twice twice", "[transaction]") {
  LimiterFixture fixture(limits);
  const std::array twice{LimitDemand{"user", for_key("a")}, LimitDemand{"user", for_key("a")}};
  CHECK(fixture.limiter.limit_all(twice)->ok);
  CHECK_FALSE(fixture.limiter.limit_all(twice)->ok);
}

TEST_CASE("limit_all undoes everything when a demand is an error", "[transaction]") {
  LimiterFixture fixture(limits);
  const std::array demands{LimitDemand{"user", {}}, LimitDemand{"org", of_count(100)}};
  const auto verdict = fixture.limiter.limit_all(demands);
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().field == "count");
  CHECK(fixture.limiter.row_count() == 0);
}

TEST_CASE("limit_all waits for the longest of its reservations", "[transaction]") {
  LimiterFixture fixture(limits);
  const std::array demands{LimitDemand{"user", reserving(4)}, LimitDemand{"org", reserving(6)}};
  const auto verdict = fixture.limiter.limit_all(demands);
  CHECK(verdict->ok);
  CHECK(verdict->binding == 1u);
  CHECK(verdict->retry_after == 2s);
}

TEST_CASE("The wait that limit_all tells is true, also if a bucket is named several times", "[transaction]") {
  const auto kind = GENERATE(LimitKind::token_bucket, LimitKind::fixed_window, LimitKind::gcra);
  CAPTURE(static_cast<int>(kind));
  auto config = of_kind(kind, 5, 1min);
  if (kind == LimitKind::fixed_window)
    config.start = t0;
  LimiterFixture fixture({{"calls", config}});
  CHECK(fixture.granted("calls") == 5);
  const std::array demands{LimitDemand{"calls", of_count(1)}, LimitDemand{"calls", of_count(2)},
                           LimitDemand{"calls", of_count(2)}};
  const auto refused = fixture.limiter.limit_all(demands);
  REQUIRE(refused->retry_after);
  CHECK(*refused->retry_after == 60s);
  CHECK(refused->binding == (kind == LimitKind::fixed_window ? 0u : 2u));
  CHECK(fixture.limiter.peek("calls")->remaining == 0);
  fixture.advance(*refused->retry_after);
  CHECK(fixture.limiter.limit_all(demands)->ok);
}

TEST_CASE("What a bucket could never grant together is an error of limit_all", "[transaction]") {
  LimiterFixture fixture({{"calls", bucket(5, 1min)}, {"others", bucket(5, 1min)}});
  const std::array too_many{LimitDemand{"calls", for_key("a", 3)}, LimitDemand{"others", for_key("a", 3)},
                            LimitDemand{"calls", for_key("b", 3)}, LimitDemand{"calls", for_key("a", 3)}};
  const auto verdict = fixture.limiter.limit_all(too_many);
  REQUIRE_FALSE(verdict);
  CHECK(verdict.error().field == "count");
  CHECK(fixture.limiter.row_count() == 0);
  CHECK(fixture.limiter.limit_all(std::span(too_many).first(3))->ok);
  const std::array gift_between{LimitDemand{"calls", for_key("c", 4)}, LimitDemand{"calls", for_key("c", -3)},
                                LimitDemand{"calls", for_key("c", 4)}};
  CHECK(fixture.limiter.limit_all(gift_between)->ok);
  const std::array gift_to_full{LimitDemand{"calls", for_key("d", -3)}, LimitDemand{"calls", for_key("d", 5)},
                                LimitDemand{"calls", for_key("d", 1)}};
  CHECK_FALSE(fixture.limiter.limit_all(gift_to_full));
}

TEST_CASE("limit_all keeps the window starts that it drew, also if it is refused", "[transaction]") {
  auto sharded = window(4, 1h, std::nullopt);
  sharded.shards = 2;
  LimiterFixture fixture({{"first", window(5, 1h, std::nullopt)}, {"empty", bucket(1, 1s)}, {"sharded", sharded}});
  fixture.limit("empty");
  const std::array demands{LimitDemand{"first", of_count(3)}, LimitDemand{"sharded", of_count(3)},
                           LimitDemand{"empty", {}}};
  CHECK_FALSE(fixture.limiter.limit_all(demands)->ok);
  CHECK(fixture.limiter.peek("first")->remaining == 5);
  CHECK(fixture.limiter.peek("sharded")->remaining == 4);
  const auto starts = [&](std::string_view name) {
    std::vector<RateTime> starts;
    for (const auto& row : fixture.limiter.rows(name))
      starts.push_back(row.state.as_of);
    return starts;
  };
  const auto first = starts("first");
  const auto both = starts("sharded");
  REQUIRE(first.size() == 1);
  REQUIRE(both.size() == 2);
  CHECK_FALSE(fixture.limiter.limit_all(demands)->ok);
  CHECK(starts("first") == first);
  CHECK(starts("sharded") == both);
}

TEST_CASE("limit_all tells true waits of sliding windows", "[transaction]") {
  LimiterFixture fixture({{"calls", of_kind(LimitKind::sliding_window, 3, 1s)}});
  fixture.limit("calls", of_count(2));
  const std::array demands{LimitDemand{"calls", of_count(1)}, LimitDemand{"calls", of_count(2)}};
  const auto refused = fixture.limiter.limit_all(demands);
  REQUIRE(refused->retry_after);
  fixture.advance(*refused->retry_after - 1ms);
  CHECK_FALSE(fixture.limiter.limit_all(demands)->ok);
  fixture.advance(1ms);
  CHECK(fixture.limiter.limit_all(demands)->ok);
}
