// Actors that die: nothing is lost, no slot leaks, the others go on.
#include "tests/support/scheduler_fixture.hpp"

#include <set>
#include <stdexcept>

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

using Answer = RecordingTransport::Answer;

// Throws when the chosen handler is entered for the n-th time.
class Fault {
public:
  explicit Fault(ActorContext& context) {
    context.before_handler = [this](std::string_view handler) {
      seen.insert(std::string(handler));
      if (handler == target && --countdown == 0) {
        ++thrown;
        throw std::runtime_error("injected");
      }
    };
  }

  std::string target;
  int countdown = 0;
  int thrown = 0;
  std::set<std::string> seen;
};

const std::vector<std::string> handlers{"key.admit",
                                        "key.finished",
                                        "key.grant",
                                        "key.period_wakeup",
                                        "key.refilled",
                                        "key.take_operation",
                                        "key.withdraw",
                                        "key.inspect",
                                        "key.leased",
                                        "delivery.attempt",

                                        "scheduler.publish",
                                        "scheduler.start",
                                        "scheduler.attempt_ended",
                                        "scheduler.refill",
                                        "scheduler.cancel",
                                        "scheduler.operate",
                                        "scheduler.find_key",
                                        "scheduler.due_wakeup",
                                        "scheduler.housekeeping",
                                        "scheduler.lease",
                                        "scheduler.call",
                                        "scheduler.find_message",
                                        "scheduler.count_calls"};

struct Load {
  std::vector<MessageId> ids;
  MessageId cancelled;
};

// Touches every handler: a long waitlist, a scarce rate, a leased one, scarce permits, retries, delays,
// operations, a cancelled message.
Load put_load_on(SchedulerFixture& fixture) {
  Load load;
  int calls = 0;
  fixture.transport.answer = [calls](const OutgoingRequest&) mutable {
    return Answer{100ms, Outcome{++calls % 5 == 0 ? 500 : 200, {}, {}, {}}};
  };
  auto publish = [&](const std::string& key, FlowLimits limits, Duration delay = 0s) {
    auto request = fixture.request(key, key, limits);
    request.retries = 5;
    request.retry_delay = "1000";
    request.delay = delay;
    load.ids.push_back(fixture.publish(request));
  };
  fixture.control("long", core::Pause{});
  for (int i = 0; i < 700; ++i)
    publish("long", limits({}, 1s, 5));
  fixture.control("long", core::Resume{});
  for (int i = 0; i < 20; ++i) {
    publish("rate", limits(3, 1s, 2));
    publish("late", limits({}, 1s, 1), 500ms);
    publish("leased", limits(8, 8s));
  }
  load.cancelled = load.ids.back();
  CHECK(fixture.cancel(load.cancelled));
  auto waiting = fixture.publish(fixture.request("w", "rate", limits(3, 1s, 2)));
  CHECK(fixture.cancel(waiting));
  CHECK(fixture.key("rate"));
  CHECK(fixture.dlq().empty());
  CHECK(fixture.calls() >= 0);
  CHECK(fixture.message(load.ids.front()));
  return load;
}

void check_all_delivered(SchedulerFixture& fixture, const Load& load) {
  for (auto id : load.ids)
    if (id != load.cancelled)
      REQUIRE(fixture.state(id) == MessageState::delivered);
  CHECK(fixture.transport.open() == 0);
  CHECK(fixture.calls() == 0);
  for (auto name : {"long", "rate", "late", "leased"}) {
    auto info = fixture.key(name).value();
    CHECK(info.waitlist_size == 0);
    CHECK(info.parallelism_count == 0);
    CHECK_FALSE(info.is_failed);
  }
}

} // namespace

TEST_CASE("a throw in any handler loses no message and no slot", "[actors]") {
  auto target = GENERATE(from_range(handlers));
  auto nth = GENERATE(1, 2, 3, 10);
  CAPTURE(target, nth);
  SchedulerOptions options;
  options.global_parallelism = 6;
  options.retention.finished = 1h;
  SchedulerFixture fixture(options);
  Fault fault(fixture.context);
  fault.target = target;
  fault.countdown = nth;
  auto load = put_load_on(fixture);
  fixture.time.run_for(120s);
  if (nth == 1)
    CHECK(fault.thrown == 1);
  check_all_delivered(fixture, load);
  CHECK(fixture.transport.most_open <= 6);
}

TEST_CASE("limits hold across restarts of the key's actor", "[actors]") {
  SchedulerFixture fixture;
  Fault fault(fixture.context);
  fixture.transport.answer = [](const OutgoingRequest&) { return Answer{300ms}; };
  for (int i = 0; i < 40; ++i) {
    if (i % 20 == 10) {
      fault.target = "key.admit";
      fault.countdown = 1;
    }
    fixture.publish(fixture.request("m", "k", limits(4, 10s, 2)));
  }
  fixture.time.run_for(200s);
  CHECK(fault.thrown == 2);
  CHECK(fixture.transport.most_open == 2);
  std::map<int, int> per_period;
  for (auto time : fixture.transport.times())
    ++per_period[static_cast<int>(time / 10s)];
  for (auto [period, starts] : per_period)
    CHECK(starts == 4);
  CHECK(fixture.transport.sent.size() == 40);
}

TEST_CASE("an operation that its actor died on has taken effect when it is answered", "[actors]") {
  SchedulerFixture fixture;
  Fault fault(fixture.context);
  for (int i = 0; i < 3; ++i)
    fixture.publish(fixture.request("m", "k", limits(1, 100s)));
  fixture.time.run_for(1s);
  fault.target = "key.take_operation";
  fault.countdown = 1;
  CHECK(fixture.operate("k", core::ResetRate{}));
  fixture.time.run_for(0s);
  CHECK(fault.thrown == 1);
  CHECK(fixture.sent() == "m@0.0 m@1.0");
  CHECK(fixture.key("k")->rate_period_start == wall0 + 1s);
}

TEST_CASE("a key that dies three times within a minute is paused and shown as failed", "[actors]") {
  SchedulerFixture fixture;
  fixture.publish(fixture.request("a", "bad", limits(1, 1s)));
  fixture.time.run_for(0s);
  bool broken = true;
  fixture.context.before_handler = [&](std::string_view handler) {
    if (broken && handler == "key.admit")
      throw std::runtime_error("injected");
  };
  for (int i = 0; i < 3; ++i)
    fixture.publish(fixture.request("b", "bad", limits(1, 1s)));
  fixture.time.run_for(10s);
  auto info = fixture.key("bad").value();
  CHECK(info.is_failed);
  CHECK(info.is_paused);
  CHECK(info.waitlist_size + static_cast<std::int64_t>(fixture.transport.sent.size()) == 4);

  broken = false;
  fixture.publish(fixture.request("other", "good", limits(1, 1s)));
  fixture.time.run_for(1s);
  CHECK(fixture.transport.sent.back().request.url == "http://destination.test/other");

  SECTION("and goes on when it is resumed") {
    CHECK(fixture.operate("bad", core::Resume{}));
    fixture.time.run_for(20s);
    CHECK(fixture.transport.sent.size() == 5);
    CHECK_FALSE(fixture.key("bad")->is_failed);
    CHECK_FALSE(fixture.key("bad")->is_paused);
  }
}

TEST_CASE("deaths further apart than a minute do not stop a key", "[actors]") {
  SchedulerFixture fixture;
  Fault fault(fixture.context);
  for (int i = 0; i < 5; ++i) {
    fault.target = "key.admit";
    fault.countdown = 1;
    fixture.publish(fixture.request("m", "k", limits({}, 1s, 1)));
    fixture.time.run_for(31s);
  }
  CHECK(fault.thrown == 5);
  CHECK_FALSE(fixture.key("k")->is_failed);
  CHECK(fixture.transport.sent.size() == 5);
}

TEST_CASE("a message whose attempts always break off inside ends in the DLQ", "[actors]") {
  SchedulerFixture fixture;
  fixture.context.before_handler = [](std::string_view handler) {
    if (handler == "delivery.attempt")
      throw std::runtime_error("injected");
  };
  auto id = fixture.publish(fixture.request("a"));
  fixture.time.run_for(10s);
  CHECK(fixture.state(id) == MessageState::failed);
  CHECK(fixture.dlq().size() == 1);
  CHECK(fixture.calls() == 0);
}

TEST_CASE("a message that was cancelled in flight is not tried again by the next process", "[actors]") {
  SchedulerFixture fixture;
  auto request = fixture.request("a", "k", limits({}, 1s, 1));
  request.delay = 5s;
  auto id = fixture.publish(request);
  // What the process before left behind.
  fixture.store.commit({RequestCancel{id.sequence()}}, Fence{fixture.store.opening().generation},
                       [](const Result<void>& stored) { REQUIRE(stored); });
  fixture.time.run_for(10s);
  CHECK(fixture.transport.sent.empty());
  CHECK(fixture.state(id) == MessageState::cancelled);
  CHECK(fixture.key("k")->parallelism_count == 0);
  CHECK(fixture.calls() == 0);
}

TEST_CASE("a long period that has not begun is not stored as spent", "[actors]") {
  SchedulerFixture fixture;
  fixture.control("k", core::Pause{});
  fixture.publish(fixture.request("a", "k", limits(30, 6s)));
  auto window = fixture.store.key({"k"})->state.window;
  CHECK_FALSE(window.start);
  CHECK(window.count == 0);
}
