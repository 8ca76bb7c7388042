#include "actors/core/start_forecast.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::core;

namespace {

const Now t0{TimePoint{1000s}, WallTime{1'700'000'000s}};

Now after(Duration time) { return {t0.steady + time, t0.wall + std::chrono::floor<std::chrono::milliseconds>(time)}; }

FlowState with(FlowLimits limits) {
  FlowState state;
  state.config.limits = limits;
  return state;
}

// Two starts a minute, and a period that began at t0 with `count` starts.
FlowState two_a_minute(std::int64_t count) {
  auto state = with({{}, 2, 60s});
  state.window = {t0.steady, t0.wall, count};
  return state;
}

std::string text(const StartForecast& forecast) {
  std::string text(forecast.waiting_for ? to_string(*forecast.waiting_for) : "nothing");
  if (forecast.start)
    text += '@' + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*forecast.start - t0.steady).count());
  return text;
}

} // namespace

TEST_CASE("a message that nothing holds waits for nothing, or for a permit", "[forecast]") {
  CHECK(text(forecast({}, {}, t0)) == "nothing");
  CHECK(text(forecast({}, {5, 100, false}, t0)) == "globalParallelism");
  CHECK(text(forecast(with({2, {}}), {1, 0, false}, t0)) == "globalParallelism");
}

TEST_CASE("a place under a rate starts with the period that reaches it", "[forecast]") {
  auto spent = two_a_minute(2);
  for (auto [ahead, expected] : {std::pair{0, "rate@60"}, std::pair{1, "rate@60"}, std::pair{2, "rate@120"},
                                 std::pair{3, "rate@120"}, std::pair{4, "rate@180"}, std::pair{201, "rate@6060"}}) {
    CAPTURE(ahead);
    CHECK(text(forecast(spent, {static_cast<std::size_t>(ahead)}, after(59s))) == expected);
  }
  SECTION("what is left of the running period comes first") {
    CHECK(text(forecast(two_a_minute(1), {0}, after(10s))) == "nothing");
    CHECK(text(forecast(two_a_minute(1), {1}, after(10s))) == "rate@60");
    CHECK(text(forecast(two_a_minute(1), {3}, after(10s))) == "rate@120");
  }
  SECTION("a period that is over or has not begun starts now") {
    CHECK(text(forecast(spent, {1}, after(60s))) == "nothing");
    CHECK(text(forecast(spent, {2}, after(61s))) == "rate@121");
    CHECK(text(forecast(with({{}, 2, 60s}), {4}, after(10s))) == "rate@130");
  }
  SECTION("a reset starts a whole period") {
    CHECK(text(forecast(two_a_minute(0), {1}, after(10s))) == "nothing");
    CHECK(text(forecast(two_a_minute(0), {2}, after(10s))) == "rate@60");
  }
  SECTION("a rate lowered below the count") { CHECK(text(forecast(two_a_minute(7), {0}, after(10s))) == "rate@60"); }
}

TEST_CASE("nothing is foretold beyond a hundred years, and nothing wraps", "[forecast]") {
  auto state = with({{}, 1, 24h * 7});
  CHECK(text(forecast(state, {1'000'000}, t0)) == "rate");
  CHECK(text(forecast(state, {1}, t0)) == "rate@604800");
  CHECK(text(forecast(state, {std::numeric_limits<std::size_t>::max()}, t0)) == "rate");
}

TEST_CASE("a pause and a full parallelism have no end that is known", "[forecast]") {
  auto paused = two_a_minute(2);
  paused.config.paused = true;
  CHECK(text(forecast(paused, {9, 9, false}, t0)) == "pause");
  auto two_at_once = with({2, {}});
  CHECK(text(forecast(two_at_once, {0, 2, false}, t0)) == "parallelism");
  CHECK(text(forecast(two_at_once, {0, 5, false}, t0)) == "parallelism");
  CHECK(text(forecast(two_at_once, {1, 1, true}, t0)) == "parallelism");
  CHECK(text(forecast(two_at_once, {0, 1, true}, t0)) == "nothing");
}

TEST_CASE("of rate and parallelism the one is told that lets fewer start", "[forecast]") {
  auto both = two_a_minute(2);
  both.config.limits.parallelism = 1;
  CHECK(text(forecast(both, {0, 0}, t0)) == "rate@60");
  CHECK(text(forecast(both, {0, 1}, t0)) == "rate@60");
  both.window.count = 0;
  CHECK(text(forecast(both, {0, 1}, t0)) == "parallelism");
  CHECK(text(forecast(both, {9, 0}, t0)) == "parallelism");
  both.config.limits.parallelism = 5;
  CHECK(text(forecast(both, {9, 0}, t0)) == "rate@240");
}
