#include "actors/core/key_ledger.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::core;

namespace {

const TimePoint t0{1000s};
const WallTime wall0{1'700'000'000s};

Now at(Duration after) { return {t0 + after, wall0 + std::chrono::floor<std::chrono::milliseconds>(after)}; }

UseLimits rate(std::int64_t rate, Duration period) { return {{{}, rate, period}}; }

RateWindow window(Duration start, std::int64_t count) { return {at(start).steady, at(start).wall, count}; }

std::int64_t spent(const KeyLedger& ledger) { return ledger.row().window.count; }

} // namespace

TEST_CASE("KeyLedger knows a key from its first operation on", "[ledger]") {
  KeyLedger ledger({}, {});
  CHECK_FALSE(ledger.is_known());
  CHECK(ledger.apply(Resume{}, at(1s)).value());
  CHECK(ledger.is_known());
  CHECK(ledger.state().created_at == wall0 + 1s);
  CHECK_FALSE(ledger.apply(Resume{}, at(2s)).value()); // Nothing durable changes.
  CHECK(ledger.state().updated_at == wall0 + 1s);
  ledger.forget();
  CHECK_FALSE(ledger.is_known());
}

TEST_CASE("KeyLedger refuses what core::apply refuses, and changes nothing", "[ledger]") {
  KeyLedger ledger({}, {});
  CHECK_FALSE(ledger.apply(PinRequest{{}, {}, 5s}, at(0s)));
  CHECK_FALSE(ledger.is_known());
}

TEST_CASE("KeyLedger's row says as spent what is leased of a long period", "[ledger]") {
  KeyLedger ledger({}, {});
  REQUIRE(ledger.apply(rate(30, 10s), at(0s)));
  CHECK(spent(ledger) == 0);
  CHECK(ledger.take({0, window(1s, 3)}));
  CHECK(spent(ledger) == 3);
  ledger.on_started(window(1s, 1));
  CHECK(spent(ledger) == 3);
  CHECK(ledger.state().window.count == 1);
  CHECK(ledger.exact_row().window.count == 1);
  CHECK(spent(ledger) == 1);

  SECTION("a lease of the next period counts from its start") {
    CHECK(ledger.take({0, window(12s, 3)}));
    CHECK(ledger.row().window.start == t0 + 12s);
    CHECK(spent(ledger) == 3);
  }
  SECTION("a reset makes a lease void that was asked for before") {
    REQUIRE(ledger.apply(ResetRate{}, at(2s)));
    CHECK_FALSE(ledger.take({0, window(1s, 6)}));
    CHECK(ledger.row().window.start == t0 + 2s);
    CHECK(spent(ledger) == 0);
    CHECK(ledger.take({ledger.epoch(), window(2s, 3)}));
    CHECK(spent(ledger) == 3);
  }
}

TEST_CASE("KeyLedger takes a running period for spent when it becomes a leased one", "[ledger]") {
  KeyLedger ledger({}, {});
  REQUIRE(ledger.apply(rate(30, 1s), at(0s)));
  SECTION("if it runs") {
    ledger.on_started(window(0s, 2));
    CHECK(spent(ledger) == 2);
    REQUIRE(ledger.apply(rate(30, 10s), at(0s)));
    CHECK(spent(ledger) == 30);
  }
  SECTION("but not if none runs") {
    REQUIRE(ledger.apply(rate(30, 10s), at(0s)));
    CHECK(spent(ledger) == 0);
    CHECK_FALSE(ledger.row().window.start);
  }
}

TEST_CASE("KeyLedger goes back to what is stored after a commit that failed", "[ledger]") {
  FlowState stored{.config = {{{}, 30, 10s}}, .window = window(0s, 6)};
  KeyLedger ledger({}, stored);
  ledger.on_started(window(0s, 4));
  auto before = ledger.epoch();
  REQUIRE(ledger.apply(PinRequest{{}, 5, {}}, at(1s)));
  REQUIRE(ledger.apply(Pause{}, at(1s)));
  ledger.reload(stored);
  CHECK(ledger.state().config == stored.config);
  CHECK(ledger.state().window.start == t0); // The pin's new period did not come to be.
  CHECK(ledger.state().window.count == 4);
  CHECK(spent(ledger) == 6);
  CHECK(ledger.epoch() > before + 1); // Leases asked for meanwhile are void.
  ledger.reload({});
  CHECK_FALSE(ledger.is_known());
}
