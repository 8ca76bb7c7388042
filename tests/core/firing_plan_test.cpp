#include "actors/core/firing_plan.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono;

namespace {

constexpr WallTime t0 = sys_days{2024y / May / 1} + 12h;

core::FiringPlan plan(std::string_view cron, WallTime due, WallTime now) {
  return core::plan_firing(core::Cron::parse(cron).value(), core::utc, due, now);
}

} // namespace

TEST_CASE("a schedule fires for the time that is due, and then for the next", "[core]") {
  for (auto late : {0ms, 3ms, 59'999ms}) {
    const auto made = plan("*/5 * * * *", t0, t0 + late);
    CHECK(made.fires_for == t0);
    CHECK(made.next == t0 + 5min);
  }
}

TEST_CASE("a schedule makes up for one firing within the grace and for none that is later", "[core]") {
  CHECK(plan("*/5 * * * *", t0, t0 + 60s).fires_for == t0);
  const auto too_late = plan("*/5 * * * *", t0, t0 + 60'001ms);
  CHECK_FALSE(too_late.fires_for);
  CHECK(too_late.next == t0 + 5min);
  const auto after_days = plan("*/5 * * * *", t0, t0 + 50h + 10s);
  CHECK(after_days.fires_for == t0 + 50h);
  CHECK(after_days.next == t0 + 50h + 5min);
}

TEST_CASE("a schedule that missed two firings within the grace makes up for the last", "[core]") {
  const auto made = plan("* * * * *", t0, t0 + 1min);
  CHECK(made.fires_for == t0 + 1min);
  CHECK(made.next == t0 + 2min);
}

TEST_CASE("an interval keeps its beat through missed firings", "[core]") {
  const auto due = t0 + 17s;
  CHECK(plan("@every 90s", due, due + 3ms).next == due + 90s);
  const auto made = plan("@every 90s", due, due + 95s);
  CHECK(made.fires_for == due + 90s);
  CHECK(made.next == due + 180s);
  const auto missed = plan("@every 90s", due, due + 90s * 1000 + 61s);
  CHECK_FALSE(missed.fires_for);
  CHECK(missed.next == due + 90s * 1001);
}

TEST_CASE("next_from tells the firing at or after an instant", "[core]") {
  const auto hourly = core::Cron::parse("@hourly").value();
  CHECK(hourly.next_from(t0, t0 - 9h, core::utc) == t0);
  CHECK(hourly.next_from(t0, t0 + 1h, core::utc) == t0 + 1h);
  CHECK(hourly.next_from(t0, t0 + 1h + 1ms, core::utc) == t0 + 2h);
  const auto every = core::Cron::parse("@every 1m").value();
  CHECK(every.next_from(t0 + 5s, t0 - 9h, core::utc) == t0 + 5s);
  CHECK(every.next_from(t0 + 5s, t0 + 65s, core::utc) == t0 + 65s);
  CHECK(every.next_from(t0 + 5s, t0 + 65'001ms, core::utc) == t0 + 125s);
}
