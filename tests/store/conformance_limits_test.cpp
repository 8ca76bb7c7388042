// What every store must do with rate limits.
#include "actors/store/store_tools.hpp"
#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

LimitRow row(const std::string& name, std::optional<std::string> key, std::uint32_t shard = 0, double value = 1.5) {
  return {name, std::move(key), shard, {value, RateTime{RateDuration{1.75e12 + 0.25}}, 0}};
}

SaveLimitRows save(std::vector<LimitRow> rows, bool removed = false, WallTime at = wall0) {
  SaveLimitRows change{{}, at};
  for (auto& each : rows)
    change.rows.push_back({std::move(each), removed});
  return change;
}

LimitDefinition definition() {
  LimitDefinition definition;
  auto& config = definition.config;
  config.kind = LimitKind::fixed_window;
  config.rate = 0.1;
  config.period = RateDuration{1.5};
  config.capacity = 20;
  config.max_reserved = 3.25;
  config.shards = 4;
  config.start = RateTime{RateDuration{1e12}};
  definition.durability = LimitDurability::memory;
  return definition;
}

} // namespace

TEMPLATE_TEST_CASE("store keeps the rows of a bucket whole, and apart from others", "[store][limits]", Memory, Sqlite) {
  TestType store;
  auto with_extra = row("a", "k", 1);
  with_extra.state.extra = 0.1;
  auto with_config = row("a", "k", 256);
  with_config.config = definition().config;
  const auto names = std::vector<LimitRow>{row("a", "k", 0), with_extra,     row("a", std::nullopt),
                                           row("a", ""),     row("a", "k0"), row("ak", ""),
                                           with_config,      row("", "ak"),  row("a", std::string("\0\xff", 2))};
  REQUIRE(commit(store, save(names)));
  for (int round = 0; round < 2; ++round) {
    CHECK(store->limits().bucket("a", "k") == std::vector{row("a", "k", 0), with_extra, with_config});
    CHECK(store->limits().bucket("a", std::nullopt) == std::vector{row("a", std::nullopt)});
    CHECK(store->limits().bucket("a", "") == std::vector{row("a", "")});
    CHECK(store->limits().bucket("a", std::string_view("\0\xff", 2)).size() == 1);
    CHECK(store->limits().bucket("", "ak").size() == 1);
    CHECK(store->limits().bucket("b", "k").empty());
    store.reopen();
  }
}

TEMPLATE_TEST_CASE("store lists all rows of limits once, a slice at a time", "[store][limits]", Memory, Sqlite) {
  TestType store;
  std::vector<LimitRow> rows;
  for (int i = 0; i < 100; ++i)
    rows.push_back(row("limit " + std::to_string(i % 3), std::to_string(i), static_cast<std::uint32_t>(i % 2)));
  REQUIRE(commit(store, save(rows)));
  std::vector<LimitRow> listed;
  for (;;) {
    auto slice = store->limits().rows_after(listed.empty() ? nullptr : &listed.back(), 7);
    REQUIRE(slice.size() <= 7);
    if (slice.empty())
      break;
    listed.insert(listed.end(), slice.begin(), slice.end());
  }
  CHECK(listed.size() == rows.size());
  for (const auto& each : rows)
    CHECK(std::find(listed.begin(), listed.end(), each) != listed.end());
}

TEMPLATE_TEST_CASE("store keeps the last state of a row, also within a group", "[store][limits]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, save({row("a", "k", 0, 1), row("a", "gone")}), save({row("a", "k", 0, -2)}),
                 save({row("a", "gone")}, true)));
  REQUIRE(store->limits().bucket("a", "k").size() == 1);
  CHECK(store->limits().bucket("a", "k").front().state.value == -2);
  CHECK(store->limits().bucket("a", "gone").empty());
  REQUIRE(commit(store, save({row("a", "k")}, true), save({row("a", "unknown")}, true), save({row("a", "k", 0, 3)})));
  CHECK(store->limits().bucket("a", "k").front().state.value == 3);
  REQUIRE(commit(store, save({row("a", "k")}, true)));
  CHECK(store->limits().rows_after(nullptr, all).empty());
}

TEMPLATE_TEST_CASE("store keeps definitions of limits whole", "[store][limits]", Memory, Sqlite) {
  TestType store;
  LimitDefinition plain{{.kind = LimitKind::gcra, .rate = 1, .period = 1s}};
  REQUIRE(commit(store, PutLimitDefinition{"full", definition()}, PutLimitDefinition{"plain", definition()},
                 PutLimitDefinition{"gone", plain}));
  REQUIRE(commit(store, PutLimitDefinition{"plain", plain}, DropLimitDefinition{"gone"}, DropLimitDefinition{"never"}));
  for (int round = 0; round < 2; ++round) {
    CHECK(store->limits().definitions() == LimitDefinitions{{"full", definition()}, {"plain", plain}});
    store.reopen();
  }
}

TEMPLATE_TEST_CASE("store keeps reservations whole until they end", "[store][limits]", Memory, Sqlite) {
  TestType store;
  const core::OpenReservation whole{"a", "k", definition().config, {{0, 1.5}, {3, 0.25}}, 1.75, RateTime{1.75e12ms}};
  const core::OpenReservation plain{"b", std::nullopt, {.rate = 1, .period = 1s}, {{0, 2}}, 2, RateTime{1.5ms}};
  const auto save = [](std::uint64_t id, std::optional<core::OpenReservation> reservation) {
    return SaveReservation{{ReservationId{id}, std::move(reservation)}};
  };
  REQUIRE(commit(store, save(std::uint64_t{1} << 40, whole), save(3, plain), save(7, plain)));
  REQUIRE(commit(store, save(3, whole), save(7, {}), save(8, {})));
  for (int round = 0; round < 2; ++round) {
    const auto found = store->limits().reservations();
    REQUIRE(found.size() == 2);
    CHECK(found[0].id == ReservationId{3});
    CHECK(found[1].id == ReservationId{std::uint64_t{1} << 40});
    CHECK(found[0].reservation == whole);
    CHECK(found[1].reservation == whole);
    store.reopen();
  }
}

TEMPLATE_TEST_CASE("store keeps the latest time of its limits", "[store][limits]", Memory, Sqlite) {
  TestType store;
  CHECK(store->limits().last_time() == WallTime{});
  REQUIRE(commit(store, save({row("a", "k")}, false, wall0 + 5s)));
  REQUIRE(commit(store, save({row("a", "k")}, false, wall0 + 3s)));
  store.reopen();
  REQUIRE(commit(store, insert(1)));
  store.reopen();
  CHECK(store->limits().last_time() == wall0 + 5s);
}

TEST_CASE("SqliteStore keeps many rows of limits in one group", "[store][limits]") {
  Sqlite store;
  std::vector<LimitRow> rows;
  for (int i = 0; i < 1000; ++i)
    rows.push_back(row("a", std::to_string(i), 0, i));
  REQUIRE(commit(store, save(rows)));
  store.reopen();
  CHECK(store->limits().rows_after(nullptr, all).size() == 1000);
  CHECK(store->limits().bucket("a", "777").front().state.value == 777);
  CHECK(verify(store.options.directory));
}

TEST_CASE("SqliteStore forgets the rows of limits of a group that fails", "[store][limits]") {
  Sqlite store;
  REQUIRE(commit(store, insert(1)));
  CHECK_FALSE(commit(store, save({row("a", "k")}), insert(1)));
  REQUIRE(commit(store, insert(2)));
  CHECK(store->limits().bucket("a", "k").empty());
  CHECK(store->limits().last_time() == WallTime{});
}
