// What a message is told to wait for, and that it then starts when it was told.
#include "actors/forecast_desk.hpp"

#include "tests/support/scheduler_fixture.hpp"

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

using Answer = RecordingTransport::Answer;

struct Fixture : SchedulerFixture {
  using SchedulerFixture::SchedulerFixture;

  WallTime start = time.clock()().wall;

  /// `reason@seconds` of the time that is told, without it `reason`.
  std::string waits_for(MessageId id) {
    auto info = message(id).value();
    std::string text(info.waiting_for ? to_string(*info.waiting_for) : "nothing");
    if (info.expected_start) {
      auto seconds = std::chrono::duration<double>(*info.expected_start - start).count();
      text += '@' + std::to_string(seconds).substr(0, std::to_string(seconds).find('.') + 2);
    }
    return text;
  }
  void answer_after(Duration latency, int status = 200) {
    transport.answer = [=](const OutgoingRequest&) { return Answer{latency, {status, {}, {}, {}}}; };
  }
  MessageId enqueue(const std::string& name, PublishRequest request) {
    request.queue = QueueName{name};
    return publish(std::move(request));
  }
};

} // namespace

TEST_CASE("a message under a rate is told the start that it then has", "[actors]") {
  Fixture fixture;
  std::vector<std::string> told;
  std::vector<MessageId> ids;
  for (int n = 0; n < 7; ++n)
    ids.push_back(fixture.publish(fixture.request(std::to_string(n), "k", limits(2, 60s))));
  fixture.time.run_for(10s);
  CHECK(fixture.waits_for(ids[0]) == "nothing");
  for (std::size_t n = 2; n < 7; ++n)
    told.push_back(fixture.waits_for(ids[n]));
  CHECK(told == std::vector<std::string>{"rate@60.0", "rate@60.0", "rate@120.0", "rate@120.0", "rate@180.0"});
  fixture.time.run_for(300s);
  CHECK(fixture.sent() == "0@0.0 1@0.0 2@60.0 3@60.0 4@120.0 5@120.0 6@180.0");
}

TEST_CASE("a place deep in the waitlist of a rate is told exactly", "[actors]") {
  Fixture fixture;
  MessageId last{1, 1};
  for (int n = 0; n < 3000; ++n)
    last = fixture.publish(fixture.request("a", "k", limits(3, 60s)));
  CHECK(fixture.waits_for(last) == "rate@59940.0");
  fixture.time.run_for(60s);
  CHECK(fixture.waits_for(last) == "rate@59940.0");
  fixture.crash();
  // What was leased counts as spent, so three starts are lost at most.
  CHECK((fixture.waits_for(last) == "rate@59940.0" || fixture.waits_for(last) == "rate@60000.0"));
}

TEST_CASE("a reset, a pin and a cancellation change what a rate foretells", "[actors]") {
  Fixture fixture;
  std::vector<MessageId> ids;
  for (int n = 0; n < 6; ++n)
    ids.push_back(fixture.publish(fixture.request(std::to_string(n), "k", limits(1, 60s))));
  CHECK(fixture.waits_for(ids[5]) == "rate@300.0");
  REQUIRE(fixture.cancel(ids[2]));
  CHECK(fixture.waits_for(ids[5]) == "rate@240.0");
  fixture.time.run_for(30s);
  fixture.control("k", PinRequest{{}, 2, 60s}); // Starts a period: 1 and 3 leave.
  CHECK(fixture.waits_for(ids[5]) == "rate@90.0");
  fixture.control("k", core::ResetRate{});
  CHECK(fixture.waits_for(ids[5]) == "nothing");
  CHECK(fixture.message(ids[5])->state != MessageState::waiting);
}

TEST_CASE("a delayed message is told when its time has come, and a retry too", "[actors]") {
  Fixture fixture;
  fixture.answer_after(1s, 500);
  auto request = fixture.request("a");
  request.delay = 90s;
  request.retries = 1;
  request.retry_delay = "5000";
  auto id = fixture.publish(request);
  CHECK(fixture.waits_for(id) == "delay@90.0");
  fixture.time.run_for(92s);
  CHECK(fixture.waits_for(id) == "retry@96.0");
  fixture.time.run_for(5s);
  CHECK(fixture.message(id)->state == MessageState::failed);
  CHECK(fixture.waits_for(id) == "nothing");
  CHECK(fixture.sent() == "a@90.0 a@96.0");
}

TEST_CASE("a message of a paused key waits for the pause, whatever else is full", "[actors]") {
  Fixture fixture;
  fixture.answer_after(1h);
  fixture.publish(fixture.request("a", "k", limits(1, 60s, 1)));
  fixture.control("k", core::Pause{});
  auto id = fixture.publish(fixture.request("b", "k", limits(1, 60s, 1)));
  CHECK(fixture.waits_for(id) == "pause");
  fixture.control("k", core::Resume{});
  CHECK(fixture.waits_for(id) == "rate@60.0");
}

TEST_CASE("a message waits for a slot of its key", "[actors]") {
  Fixture fixture;
  fixture.answer_after(100s);
  auto running = fixture.publish(fixture.request("a", "k", limits({}, 1s, 1)));
  auto next = fixture.publish(fixture.request("b", "k", limits({}, 1s, 1)));
  CHECK(fixture.waits_for(running) == "nothing");
  CHECK(fixture.message(running)->state == MessageState::active);
  CHECK(fixture.waits_for(next) == "parallelism");
  fixture.time.run_for(100s);
  CHECK(fixture.message(next)->state == MessageState::active);
}

TEST_CASE("a message whose key is free waits for the global parallelism", "[actors]") {
  SchedulerOptions options;
  options.global_parallelism = 2;
  Fixture fixture(options);
  fixture.answer_after(100s);
  for (auto name : {"a", "b"})
    fixture.publish(fixture.request(name, name, limits(9, 60s)));
  auto plain = fixture.publish(fixture.request("c"));
  auto keyed = fixture.publish(fixture.request("d", "k", limits(9, 60s)));
  auto rated = fixture.publish(fixture.request("e", "r", limits(1, 60s)));
  auto behind = fixture.publish(fixture.request("f", "r", limits(1, 60s)));
  for (auto id : {plain, keyed, rated})
    CHECK(fixture.waits_for(id) == "globalParallelism");
  CHECK(fixture.waits_for(behind) == "rate@60.0");
  fixture.time.run_for(101s);
  CHECK(fixture.message(plain)->state == MessageState::active);
}

TEST_CASE("a message in a queue waits for its turn, then for what holds the head", "[actors]") {
  Fixture fixture;
  fixture.answer_after(1s, 500);
  auto head_request = fixture.request("a");
  head_request.retries = 1;
  head_request.retry_delay = "50000";
  auto head = fixture.enqueue("q", head_request);
  auto second = fixture.enqueue("q", fixture.request("b"));
  auto delayed_request = fixture.request("c");
  delayed_request.delay = 500s;
  auto delayed = fixture.enqueue("q", delayed_request);
  CHECK(fixture.waits_for(second) == "queue");
  fixture.time.run_for(2s);
  CHECK(fixture.waits_for(head) == "retry@51.0");
  CHECK(fixture.waits_for(second) == "queue");
  CHECK(fixture.waits_for(delayed) == "queue");
  fixture.time.run_for(60s);
  CHECK(fixture.waits_for(delayed) == "delay@500.0");
}

TEST_CASE("the head of a queue waits for its flow-control key like any other", "[actors]") {
  Fixture fixture;
  for (auto name : {"a", "b", "c"})
    fixture.publish(fixture.request(name, "k", limits(1, 60s)));
  auto head = fixture.enqueue("q", fixture.request("d", "k", limits(1, 60s)));
  auto next = fixture.enqueue("q", fixture.request("e", "k", limits(1, 60s)));
  auto after = fixture.publish(fixture.request("f", "k", limits(1, 60s)));
  CHECK(fixture.waits_for(head) == "rate@180.0");
  CHECK(fixture.waits_for(next) == "queue");
  CHECK(fixture.waits_for(after) == "rate@240.0");
  fixture.crash();
  fixture.time.run_for(70s);
  CHECK(fixture.waits_for(head).starts_with("rate@"));
}

TEST_CASE("a message in a paused queue waits for the pause", "[actors]") {
  Fixture fixture;
  using Set = to_scheduler::SetQueue;
  REQUIRE(fixture.ask(Set{{"q"}, {2, true}, {}, {}}, &Set::reply));
  auto id = fixture.enqueue("q", fixture.request("a"));
  CHECK(fixture.waits_for(id) == "pause");
  REQUIRE(fixture.ask(Set{{"q"}, {1, false}, {}, {}}, &Set::reply));
  CHECK(fixture.waits_for(id) == "nothing");
}
