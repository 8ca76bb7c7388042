// What the simulation has found around crashes, wall clocks that jump, cancellations and queues.
#include "tests/support/scheduler_fixture.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

using Answer = RecordingTransport::Answer;

void answer_after(SchedulerFixture& fixture, Duration latency, int status = 200) {
  fixture.transport.answer = [latency, status](const OutgoingRequest&) { return Answer{latency, Outcome{status}}; };
}

PublishRequest queued(SchedulerFixture& fixture, const std::string& name, Duration delay = 0s) {
  auto request = fixture.request(name, "key", limits({}, 1s, 5));
  request.queue = QueueName{"queue"};
  request.delay = delay;
  return request;
}

} // namespace

TEST_CASE("a key that has not started anything in its first long period starts after a crash", "[actors]") {
  SchedulerFixture fixture;
  fixture.control("key", core::Pause{});
  fixture.publish(fixture.request("m", "key", limits(2, 60s)));
  fixture.crash();
  CHECK(fixture.key("key")->rate_count == 0);
  fixture.control("key", core::Resume{});
  CHECK(fixture.sent() == "m@0.0");
}

TEST_CASE("a cancellation during an attempt is not forgotten in a crash", "[actors]") {
  SchedulerFixture fixture;
  answer_after(fixture, 10s);
  bool in_queue = GENERATE(false, true);
  auto id = fixture.publish(in_queue ? queued(fixture, "m") : fixture.request("m"));
  CHECK(fixture.cancel(id));
  fixture.crash();
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "m@0.0");
  CHECK(fixture.state(id) == MessageState::cancelled);
  CHECK(fixture.calls() == 0);
  CHECK(fixture.publish(in_queue ? queued(fixture, "n") : fixture.request("n")) != id);
  CHECK(fixture.sent() == "m@0.0 n@60.0");
}

TEST_CASE("what waits starts after a crash although the wall clock was set back before", "[actors]") {
  SchedulerFixture fixture;
  fixture.control("key", core::Pause{});
  fixture.time.shift_wall(-300s);
  fixture.publish(fixture.request("m", "key", limits(2, 1s)));
  fixture.crash();
  fixture.control("key", core::Resume{});
  fixture.time.run_for(2s);
  CHECK(fixture.transport.sent.size() == 1);
}

TEST_CASE("the delay of a message ends on time after the wall clock was set forward", "[actors]") {
  SchedulerFixture fixture;
  auto late = fixture.request("late");
  late.delay = 60s;
  fixture.publish(late);
  fixture.time.run_for(1100ms);
  fixture.time.shift_wall(58s);
  fixture.time.run_for(50ms);
  auto early = fixture.request("early");
  early.delay = 1400ms; // Due after the first one by the wall clock.
  fixture.publish(early);
  fixture.time.run_for(1500ms);
  CHECK(fixture.sent() == "late@2.0 early@2.5");
}

TEST_CASE("the head of a queue is let through once although the wall clock was set forward", "[actors]") {
  SchedulerFixture fixture;
  answer_after(fixture, 500ms);
  fixture.publish(queued(fixture, "first"));
  fixture.publish(queued(fixture, "second", 60s));
  fixture.time.run_for(100ms);
  fixture.time.shift_wall(120s);
  answer_after(fixture, 5s);
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "first@0.0 second@0.5");
  CHECK(fixture.calls() == 0);
}

TEST_CASE("a message that comes while its queue is being deleted is in a new queue", "[actors]") {
  SchedulerFixture fixture;
  REQUIRE(fixture.ask(to_scheduler::SetQueue{{"queue"}, {3, true}, {}, {}}, &to_scheduler::SetQueue::reply));
  auto gone = fixture.publish(queued(fixture, "gone"));
  anon_tell(fixture.actor, to_scheduler::DeleteQueue{{"queue"}, {}, [](const Result<void>&) {}});
  answer_after(fixture, 1s);
  auto stays = fixture.publish(queued(fixture, "stays"));
  CHECK(fixture.state(gone) == MessageState::cancelled);
  CHECK(fixture.state(stays) == MessageState::active);
  auto queue = fixture.ask(to_scheduler::FindQueue{{"queue"}, {}}, &to_scheduler::FindQueue::reply);
  REQUIRE(queue);
  CHECK(queue->parallelism == 1);
  CHECK(queue->lag == 1);
}
