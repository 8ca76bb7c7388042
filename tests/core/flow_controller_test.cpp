#include "actors/core/flow_controller.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::core;

namespace {

const TimePoint t0{1000s};
const WallTime wall0{1'700'000'000s};

Now at(Duration after) { return {t0 + after, wall0 + std::chrono::floor<std::chrono::milliseconds>(after)}; }

FlowLimits limits(std::optional<std::int64_t> rate, Duration period, std::optional<std::int64_t> parallelism = {}) {
  FlowLimits limits;
  limits.rate = rate;
  limits.period = period;
  limits.parallelism = parallelism;
  return limits;
}

FlowController controller_with(FlowLimits limits) { return FlowController({.state = {.config = {limits}}}); }

void wait(FlowController& controller, Sequence first, Sequence last) {
  for (auto sequence = first; sequence <= last; ++sequence)
    controller.on_waiting({wall0, sequence});
}

// Every lease is granted at once.
std::vector<Sequence> started(FlowController& controller, Duration after) {
  std::vector<Sequence> all;
  for (;;) {
    while (auto sequence = controller.poll_start(at(after)))
      all.push_back(*sequence);
    auto lease = controller.poll_lease(at(after));
    if (!lease)
      return all;
    controller.on_leased(*lease, at(after));
  }
}

using Starts = std::vector<Sequence>;

} // namespace

TEST_CASE("FlowController starts rate messages per period, then waits", "[flow]") {
  auto controller = controller_with(limits(2, 60s));
  wait(controller, 1, 3);

  CHECK(started(controller, 0s) == Starts{1, 2});
  CHECK(controller.next_wakeup() == t0 + 60s);
  SECTION("nothing starts one nanosecond early") { CHECK(started(controller, 60s - 1ns).empty()); }
  SECTION("the rest starts when the period ends") { CHECK(started(controller, 60s) == Starts{3}); }
  SECTION("finished calls do not give rate back") {
    controller.on_finished(1);
    CHECK(started(controller, 30s).empty());
  }
}

TEST_CASE("FlowController starts a period with its first message, not on the clock's minute", "[flow]") {
  auto controller = controller_with(limits(1, 60s));
  wait(controller, 1, 1);
  CHECK(started(controller, 50s) == Starts{1});
  wait(controller, 2, 2);
  CHECK(started(controller, 60s).empty());
  CHECK(started(controller, 110s) == Starts{2});
  CHECK(controller.info(at(110s)).rate_period_start == wall0 + 110s);
}

TEST_CASE("FlowController keeps calls in flight within parallelism and refills a freed slot at once", "[flow]") {
  auto controller = controller_with(limits({}, 1s, 2));
  wait(controller, 1, 4);
  CHECK(started(controller, 0s) == Starts{1, 2});
  CHECK_FALSE(controller.next_wakeup());
  controller.on_finished(1);
  CHECK(started(controller, 5s) == Starts{3});
  CHECK(controller.info(at(5s)).parallelism_count == 2);
}

TEST_CASE("FlowController uses a reset period from the moment of the reset, whenever messages come", "[flow]") {
  auto controller = controller_with(limits(2, 10s));
  controller.on_operation(ResetRate{}, 1, at(0s));
  wait(controller, 1, 4);
  CHECK(started(controller, 9s) == Starts{1, 2});
  CHECK(controller.info(at(9s)).rate_period_start == wall0);
  CHECK(controller.next_wakeup() == t0 + 10s);
  CHECK(started(controller, 10s) == Starts{3, 4});
}

TEST_CASE("FlowController lets waiting messages go at once on resetRate", "[flow]") {
  auto controller = controller_with(limits(1, 60s));
  wait(controller, 1, 2);
  CHECK(started(controller, 0s) == Starts{1});
  controller.on_operation(ResetRate{}, 1, at(5s));
  CHECK(started(controller, 5s) == Starts{2});
  CHECK(controller.info(at(5s)).rate_count == 1);
  CHECK(controller.info(at(5s)).parallelism_count == 2);
}

TEST_CASE("FlowController ignores message limits for the pinned part only", "[flow]") {
  auto controller = controller_with(limits(5, 1s, 5));
  PinRequest pin;
  pin.rate = 20;
  pin.period = 120s;
  controller.on_operation(pin, 1, at(0s));
  controller.on_operation(UseLimits{limits(1, 1s, 1)}, 1, at(0s));
  auto info = controller.info(at(0s));
  CHECK(info.rate_max == 20);
  CHECK(info.rate_period == 120s);
  CHECK(info.is_pinned_rate);
  CHECK(info.parallelism_max == 1);
  CHECK_FALSE(info.is_pinned_parallelism);

  SECTION("after unpin the values stay until a message brings others") {
    controller.on_operation(UnpinRequest{false, true}, 1, at(1s));
    CHECK(controller.info(at(1s)).rate_max == 20);
    CHECK_FALSE(controller.info(at(1s)).is_pinned_rate);
    controller.on_operation(UseLimits{limits(3, 2s)}, 1, at(1s));
    CHECK(controller.info(at(1s)).rate_max == 3);
    CHECK(controller.info(at(1s)).parallelism_max == 0);
  }
  SECTION("a pin of parallelism leaves the pinned rate, and starts a period") {
    PinRequest parallelism;
    parallelism.parallelism = 7;
    controller.on_operation(parallelism, 1, at(9s));
    auto info = controller.info(at(9s));
    CHECK(info.is_pinned_rate);
    CHECK(info.rate_max == 20);
    CHECK(info.parallelism_max == 7);
    CHECK(info.rate_period_start == wall0 + 9s);
  }
  SECTION("a rate without a period keeps the period in force") {
    PinRequest rate;
    rate.rate = 4;
    controller.on_operation(rate, 1, at(1s));
    CHECK(controller.info(at(1s)).rate_period == 120s);
  }
}

TEST_CASE("FlowConfig refuses to pin a period alone while no rate is in force", "[flow]") {
  PinRequest period;
  period.period = 5s;
  CHECK(apply(FlowConfig{}, period).error().field == "period");
  CHECK(apply(FlowConfig{limits(1, 1s)}, period)->limits.period == 5s);
}

TEST_CASE("FlowController resets count and period at every pin, also with equal values", "[flow]") {
  auto controller = controller_with(limits(1, 60s));
  PinRequest pin;
  pin.rate = 1;
  wait(controller, 1, 3);
  CHECK(started(controller, 0s) == Starts{1});
  controller.on_operation(pin, 1, at(10s));
  CHECK(started(controller, 10s) == Starts{2});
  controller.on_operation(pin, 1, at(20s));
  CHECK(started(controller, 20s) == Starts{3});
}

TEST_CASE("FlowController starts nothing while paused, and the period goes on", "[flow]") {
  auto controller = controller_with(limits(1, 10s));
  wait(controller, 1, 2);
  CHECK(started(controller, 0s) == Starts{1});
  controller.on_operation(Pause{}, 1, at(1s));
  CHECK_FALSE(controller.next_wakeup());
  CHECK(controller.info(at(5s)).waitlist_size == 1);
  SECTION("for the rest of the period after an early resume") {
    controller.on_operation(Resume{}, 1, at(9s));
    CHECK(started(controller, 9s).empty());
    CHECK(started(controller, 10s) == Starts{2});
  }
  SECTION("until it is resumed, however late") {
    CHECK(started(controller, 30s).empty());
    controller.on_operation(Resume{}, 1, at(31s));
    CHECK(started(controller, 31s) == Starts{2});
  }
}

TEST_CASE("FlowController lets running calls finish when parallelism drops below them", "[flow]") {
  auto controller = controller_with(limits({}, 1s, 3));
  wait(controller, 1, 4);
  CHECK(started(controller, 0s).size() == 3);
  controller.on_operation(UseLimits{limits({}, 1s, 1)}, 1, at(0s));
  controller.on_finished(1);
  controller.on_finished(2);
  CHECK(started(controller, 1s).empty());
  controller.on_finished(3);
  CHECK(started(controller, 1s) == Starts{4});
}

TEST_CASE("FlowController acts at once when limits are raised", "[flow]") {
  auto controller = controller_with(limits(1, 60s, 1));
  wait(controller, 1, 3);
  CHECK(started(controller, 0s) == Starts{1});
  controller.on_operation(UseLimits{limits(3, 60s, 3)}, 1, at(1s));
  CHECK(started(controller, 1s) == Starts{2, 3});
}

TEST_CASE("FlowController waits out the period when the rate drops below the count", "[flow]") {
  auto controller = controller_with(limits(5, 10s));
  wait(controller, 1, 8);
  CHECK(started(controller, 0s).size() == 5);
  controller.on_operation(UseLimits{limits(2, 10s)}, 1, at(1s));
  CHECK(started(controller, 9s).empty());
  CHECK(started(controller, 10s) == Starts{6, 7});
}

TEST_CASE("FlowController ends the running period by its new length", "[flow]") {
  auto controller = controller_with(limits(1, 60s));
  wait(controller, 1, 2);
  CHECK(started(controller, 0s) == Starts{1});
  controller.on_operation(UseLimits{limits(1, 5s)}, 1, at(2s));
  CHECK(controller.next_wakeup() == t0 + 5s);
  CHECK(started(controller, 5s) == Starts{2});

  SECTION("but a period that was over stays over") {
    controller.on_operation(UseLimits{limits(1, 60s)}, 1, at(20s));
    wait(controller, 3, 3);
    CHECK(started(controller, 20s) == Starts{3});
  }
}

TEST_CASE("FlowController reports no starts once the period is over", "[flow]") {
  auto controller = controller_with(limits(2, 10s));
  wait(controller, 1, 1);
  started(controller, 0s);
  CHECK(controller.info(at(9s)).rate_count == 1);
  CHECK(controller.info(at(10s)).rate_count == 0);
  CHECK(controller.info(at(10s)).rate_period_start == wall0);
}

TEST_CASE("FlowController orders by ready time, then by acceptance", "[flow]") {
  auto controller = controller_with({});
  controller.on_waiting({wall0 + 2ms, 1}); // A retry that became due later than 2 was accepted.
  controller.on_waiting({wall0 + 1ms, 2});
  controller.on_waiting({wall0 + 2ms, 3});
  CHECK(started(controller, 1s) == Starts{2, 1, 3});
}

TEST_CASE("FlowController gives back slot and rate of a start that was withdrawn", "[flow]") {
  auto controller = controller_with(limits(1, 60s, 1));
  wait(controller, 1, 2);
  CHECK(started(controller, 0s) == Starts{1});
  controller.on_withdrawn({wall0, 1});
  CHECK(started(controller, 1s) == Starts{2});

  SECTION("but not a rate unit of an earlier period") {
    controller.on_operation(ResetRate{}, 1, at(2s));
    wait(controller, 3, 4);
    controller.on_finished(2);
    CHECK(started(controller, 2s) == Starts{3});
    controller.on_operation(ResetRate{}, 1, at(3s));
    controller.on_withdrawn({wall0, 3});
    CHECK(controller.info(at(3s)).rate_count == 0);
  }
}

TEST_CASE("FlowController holds a window of the waitlist and asks for the rest", "[flow]") {
  constexpr auto waiting = FlowController::max_window + 300;
  auto controller = controller_with({});
  wait(controller, 1, waiting);
  CHECK(controller.waiting() == waiting);
  CHECK_FALSE(controller.poll_refill());

  auto first = started(controller, 0s);
  CHECK(first.size() == FlowController::max_window);
  auto after = controller.poll_refill();
  REQUIRE(after);
  CHECK(*after == WaitPosition{wall0, FlowController::max_window});
  CHECK_FALSE(controller.poll_refill());

  SECTION("what arrives meanwhile stays behind") {
    controller.on_waiting({wall0 + 1ms, waiting + 1});
    CHECK(started(controller, 0s).empty());
  }
  std::vector<WaitPosition> rest;
  for (auto sequence = FlowController::max_window + 1; sequence <= waiting; ++sequence)
    rest.push_back({wall0, sequence});
  bool complete = controller.waiting() == rest.size();
  controller.on_refilled(rest, complete);
  CHECK(started(controller, 0s).size() == 300);
  CHECK(controller.waiting() == (complete ? 0 : 1));
}

TEST_CASE("FlowController takes a key over with its window, its waitlist and its calls", "[flow]") {
  FlowState state{.config = {limits(3, 60s, 2)}, .window = {t0, wall0, 2}};
  FlowController controller({.state = state, .waiting = 2, .in_flight = {1}});
  CHECK(controller.poll_refill() == WaitPosition{});
  std::vector<WaitPosition> rest{{wall0, 2}, {wall0, 3}};
  controller.on_refilled(rest, true);
  CHECK(started(controller, 1s) == Starts{2});
  CHECK(controller.info(at(1s)).rate_count == 3);
  controller.on_finished(1);
  CHECK(started(controller, 59s).empty());
  CHECK(started(controller, 60s) == Starts{3});
}

TEST_CASE("FlowController starts nothing of a long period before the store knows of it", "[flow]") {
  auto controller = controller_with(limits(25, 10s));
  wait(controller, 1, 9);
  CHECK_FALSE(controller.poll_start(at(0s)));
  auto lease = controller.poll_lease(at(0s));
  REQUIRE(lease);
  CHECK(lease->window.count == 2); // A second's share of 25 per 10 s.
  CHECK_FALSE(controller.poll_lease(at(0s))); // Asked once.
  CHECK(controller.info(at(1s)).rate_count == 0);

  SECTION("it starts as many as were leased, in the period that was leased") {
    controller.on_leased(*lease, at(1s));
    CHECK(controller.poll_start(at(1s)) == 1);
    CHECK(controller.poll_start(at(1s)) == 2);
    CHECK_FALSE(controller.poll_start(at(1s)));
    CHECK(controller.info(at(1s)).rate_period_start == wall0);
    CHECK(controller.poll_lease(at(1s))->window.count == 4);
  }
  SECTION("a reset makes the lease void that was asked for before") {
    controller.on_operation(ResetRate{}, 1, at(1s));
    controller.on_leased(*lease, at(1s));
    CHECK_FALSE(controller.poll_start(at(1s)));
    auto next = controller.poll_lease(at(1s));
    REQUIRE(next);
    CHECK(next->epoch == 1);
    CHECK(next->window.start == t0 + 1s);
  }
  SECTION("an idle key whose exact count was written asks for its lease again") {
    controller.on_leased(*lease, at(1s));
    CHECK(controller.poll_start(at(1s)) == 1);
    controller.on_operation(Restore{{limits(25, 10s)}}, 0, at(2s));
    CHECK_FALSE(controller.poll_start(at(2s)));
    CHECK(controller.poll_lease(at(2s))->window.count == 3);
  }
  SECTION("a lease that comes after its period is asked for again") {
    controller.on_leased(*lease, at(10s));
    CHECK_FALSE(controller.poll_start(at(10s)));
    CHECK(controller.poll_lease(at(10s))->window.start == t0 + 10s);
  }
}

TEST_CASE("FlowController leases no more than the rate, and nothing for short periods", "[flow]") {
  auto slow = controller_with(limits(3, 60s));
  wait(slow, 1, 5);
  CHECK(started(slow, 0s) == Starts{1, 2, 3});
  CHECK_FALSE(slow.poll_lease(at(1s)));
  auto fast = controller_with(limits(3, 5s));
  wait(fast, 1, 5);
  CHECK_FALSE(fast.poll_lease(at(0s)));
  CHECK(fast.poll_start(at(0s)) == 1);
}

TEST_CASE("FlowController gives guests their turn among the messages of the store", "[flow]") {
  auto controller = controller_with({});
  controller.on_waiting({wall0, 1});
  controller.on_guest({wall0 + 1ms, 7});
  controller.on_waiting({wall0 + 2ms, 3});
  CHECK(controller.waiting() == 3);

  SECTION("in order") { CHECK(started(controller, 0s) == Starts{1, 7, 3}); }
  SECTION("unless they are withdrawn") {
    controller.on_guest_withdrawn({wall0 + 1ms, 7});
    CHECK(started(controller, 0s) == Starts{1, 3});
  }
}

TEST_CASE("FlowController lets no guest pass messages that are still in the store", "[flow]") {
  FlowController controller({.waiting = 2, .guests = {{wall0 + 5ms, 9}}});
  CHECK(started(controller, 0s).empty());
  controller.on_refilled(std::vector<WaitPosition>{{wall0, 1}, {wall0 + 9ms, 2}}, true);
  CHECK(started(controller, 0s) == Starts{1, 9, 2});
}

TEST_CASE("FlowController starts a message that kept its slot before all others", "[flow]") {
  auto controller = controller_with(limits({}, 1s, 1));
  controller.on_waiting({WallTime{}, 1});
  controller.on_waiting({WallTime{}, 2});
  CHECK(started(controller, 0s) == Starts{1});
  CHECK(started(controller, 1s).empty());
  controller.on_rejoined({WallTime{}, 1});
  CHECK(controller.info(at(1s)).parallelism_count == 0);
  CHECK(started(controller, 2s) == Starts{1});
  controller.on_finished(1);
  CHECK(started(controller, 2s) == Starts{2});
}
