#include "tests/support/scheduler_fixture.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

using Answer = RecordingTransport::Answer;

Answer fails(int status = 500, Duration latency = 0s) { return {latency, Outcome{status, {}, {}, {}}}; }

PinRequest pin_rate(std::int64_t rate, Duration period) {
  PinRequest pin;
  pin.rate = rate;
  pin.period = period;
  return pin;
}

// How many starts there were at each full second.
std::map<int, int> per_second(const std::vector<Duration>& times) {
  std::map<int, int> counts;
  for (auto time : times)
    ++counts[static_cast<int>(time / 1s)];
  return counts;
}

} // namespace

TEST_CASE("scheduler delivers a message without a key at once", "[actors]") {
  SchedulerFixture fixture;
  auto id = fixture.publish(fixture.request("a"));
  fixture.time.run_for(0s);
  CHECK(fixture.sent() == "a@0.0");
  CHECK(fixture.state(id) == MessageState::delivered);
  CHECK(fixture.transport.sent[0].header("Upstash-Message-Id") == id.text());
  CHECK(fixture.transport.sent[0].header("Upstash-Retried") == "0");
  CHECK(fixture.transport.sent[0].header("Sluice-Hops") == "1");
  CHECK(fixture.calls() == 0);
}

TEST_CASE("25 messages at rate 10 per 60 s and parallelism 3 start in threes within three periods", "[actors]") {
  SchedulerFixture fixture;
  fixture.transport.answer = [](const OutgoingRequest&) { return Answer{2s}; };
  for (int i = 0; i < 25; ++i)
    fixture.publish(fixture.request("m", "k", limits(10, 60s, 3)));
  fixture.time.run_for(300s);
  std::map<int, int> expected{{0, 3}, {2, 3}, {4, 3}, {6, 1}, {60, 3}, {62, 3}, {64, 3}, {66, 1}, {120, 3}, {122, 2}};
  CHECK(per_second(fixture.transport.times()) == expected);
  CHECK(fixture.transport.most_open == 3);
  CHECK(fixture.key("k")->waitlist_size == 0);
}

TEST_CASE("pins and resets between the bursts start new periods at their moment", "[actors]") {
  SchedulerFixture fixture;
  for (int i = 0; i < 25; ++i)
    fixture.publish(fixture.request("m", "k", limits(10, 60s)));
  fixture.time.run_for(20s);
  CHECK(fixture.transport.sent.size() == 10);
  CHECK(fixture.operate("k", core::ResetRate{}));
  fixture.time.run_for(10s);
  CHECK(fixture.transport.sent.size() == 20);
  CHECK(fixture.operate("k", pin_rate(2, 30s)));
  fixture.time.run_for(200s);
  std::map<int, int> expected{{0, 10}, {20, 10}, {30, 2}, {60, 2}, {90, 1}};
  CHECK(per_second(fixture.transport.times()) == expected);
}

TEST_CASE("after a reset the next allowance comes one period later, though deliveries begin late", "[actors]") {
  SchedulerFixture fixture;
  fixture.control("k", pin_rate(2, 10s));
  fixture.control("k", core::ResetRate{});
  fixture.time.run_for(9s);
  for (int i = 0; i < 5; ++i)
    fixture.publish(fixture.request("m", "k", limits(1, 1s)));
  fixture.time.run_for(30s);
  std::map<int, int> expected{{9, 2}, {10, 2}, {20, 1}};
  CHECK(per_second(fixture.transport.times()) == expected);
}

TEST_CASE("a GET right after a publish or a pin shows it", "[actors]") {
  SchedulerFixture fixture;
  fixture.transport.answer = [](const OutgoingRequest&) { return Answer{10s}; };
  CHECK(fixture.key("k").error().code == ErrorCode::not_found);
  fixture.publish(fixture.request("a", "k", limits(5, 60s, 1)));
  fixture.publish(fixture.request("b", "k", limits(5, 60s, 1)));
  auto info = fixture.key("k").value();
  CHECK(info.parallelism_count == 1);
  CHECK(info.waitlist_size == 1);
  CHECK(info.rate_count == 1);
  CHECK(info.rate_max == 5);
  fixture.control("k", pin_rate(7, 120s));
  info = fixture.key("k").value();
  CHECK(info.rate_max == 7);
  CHECK(info.rate_period == 120s);
  CHECK(info.rate_count == 0);
  CHECK(info.is_pinned_rate);
}

TEST_CASE("nothing starts between the answer to pause and resume", "[actors]") {
  SchedulerFixture fixture;
  fixture.control("k", core::Pause{});
  fixture.publish(fixture.request("a", "k", limits(5, 1s)));
  fixture.time.run_for(60s);
  CHECK(fixture.sent().empty());
  CHECK(fixture.key("k")->waitlist_size == 1);
  fixture.control("k", core::Resume{});
  fixture.time.run_for(0s);
  CHECK(fixture.sent() == "a@60.0");
}

TEST_CASE("unpin, resume and resets of an unknown key succeed and create nothing", "[actors]") {
  SchedulerFixture fixture;
  for (core::FlowOperation operation :
       std::vector<core::FlowOperation>{UnpinRequest{true, true}, core::Resume{}, core::ResetRate{}, core::Reset{}})
    CHECK(fixture.operate("k", operation));
  CHECK(fixture.key("k").error().code == ErrorCode::not_found);
  CHECK(fixture.operate("k", core::Pause{}));
  CHECK(fixture.key("k")->is_paused);
}

TEST_CASE("a retry waits its backoff, rejoins at the tail and takes a rate unit", "[actors]") {
  SchedulerFixture fixture;
  int calls = 0;
  fixture.transport.answer = [&](const OutgoingRequest&) { return ++calls == 1 ? fails() : Answer{}; };
  auto failing = fixture.request("a", "k", limits(1, 10s));
  failing.retries = 1;
  auto id = fixture.publish(failing);
  for (auto name : {"b", "c", "d"})
    fixture.publish(fixture.request(name, "k", limits(1, 10s)));
  fixture.time.run_for(60s);
  // The first retry is due after 12 s; b went at 10, and c and d were waiting before it.
  CHECK(fixture.sent() == "a@0.0 b@10.0 c@20.0 d@30.0 a@40.0");
  CHECK(fixture.transport.sent[4].header("Upstash-Retried") == "1");
  CHECK(fixture.state(id) == MessageState::delivered);
}

TEST_CASE("a message that failed for good is in the DLQ with the last answer", "[actors]") {
  SchedulerFixture fixture;
  fixture.transport.answer = [](const OutgoingRequest&) {
    return Answer{0s, Outcome{404, {{"X-Why", "gone"}}, "404 Not Found", {}}};
  };
  auto request = fixture.request("a");
  request.retries = 1;
  auto id = fixture.publish(request);
  fixture.time.run_for(11s);
  CHECK(fixture.state(id) == MessageState::delayed);
  CHECK(fixture.dlq().empty());
  fixture.time.run_for(2s);
  CHECK(fixture.sent() == "a@0.0 a@12.0");
  CHECK(fixture.state(id) == MessageState::failed);
  REQUIRE(fixture.dlq().size() == 1);
  auto entry = fixture.dlq()[0];
  CHECK(entry.message->id == id);
  CHECK(entry.attempts == 2);
  CHECK(entry.response_status == 404);
  CHECK(entry.response_body.view() == "404 Not Found");
}

TEST_CASE("a delayed message starts at its time, also when the wall clock jumps", "[actors]") {
  SchedulerFixture fixture;
  auto request = fixture.request("a");
  request.delay = 90s;
  auto id = fixture.publish(request);
  CHECK(fixture.state(id) == MessageState::delayed);
  SECTION("evenly") {
    fixture.time.run_for(200s);
    CHECK(fixture.sent() == "a@90.0");
  }
  SECTION("not an hour later because the clock went back") {
    fixture.time.run_for(10s);
    fixture.time.shift_wall(-1h);
    fixture.time.run_for(200s);
    CHECK(fixture.sent() == "a@90.0");
  }
  SECTION("within a second once the clock has gone forward") {
    fixture.time.run_for(10s);
    fixture.time.shift_wall(+1h);
    fixture.time.run_for(1s);
    CHECK(fixture.transport.sent.size() == 1);
  }
}

TEST_CASE("not-before beats delay, and a past time means now", "[actors]") {
  SchedulerFixture fixture;
  auto request = fixture.request("a");
  request.delay = 90s;
  request.not_before = wall0 + 30s;
  fixture.publish(request);
  request = fixture.request("b");
  request.not_before = wall0 - 30s;
  fixture.publish(request);
  fixture.time.run_for(100s);
  CHECK(fixture.sent() == "b@0.0 a@30.0");
}

TEST_CASE("a wall clock that jumps disturbs no rate period", "[actors]") {
  SchedulerFixture fixture;
  for (int i = 0; i < 4; ++i)
    fixture.publish(fixture.request("m", "k", limits(1, 10s)));
  fixture.time.run_for(5s);
  fixture.time.shift_wall(+24h);
  fixture.time.run_for(10s);
  fixture.time.shift_wall(-48h);
  fixture.time.run_for(20s);
  CHECK(fixture.sent() == "m@0.0 m@10.0 m@20.0 m@30.0");
}

TEST_CASE("a cancelled message is gone at once, and takes neither slot nor rate", "[actors]") {
  SchedulerFixture fixture;
  fixture.time.run_for(10ms); // Accepted after the last look at what is due.
  fixture.publish(fixture.request("a", "k", limits(1, 10s)));
  auto b = fixture.publish(fixture.request("b", "k", limits(1, 10s)));
  fixture.publish(fixture.request("c", "k", limits(1, 10s)));
  CHECK(fixture.cancel(b));
  CHECK(fixture.key("k")->waitlist_size == 1);
  CHECK(fixture.state(b) == MessageState::cancelled);
  CHECK(fixture.cancel(b).error().code == ErrorCode::not_found);
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "a@0.0 c@10.0");
}

TEST_CASE("a delayed message that was cancelled never starts", "[actors]") {
  SchedulerFixture fixture;
  auto request = fixture.request("a");
  request.delay = 5s;
  auto id = fixture.publish(request);
  CHECK(fixture.cancel(id));
  fixture.time.run_for(60s);
  CHECK(fixture.sent().empty());
}

TEST_CASE("cancelling a running message lets the attempt end and no other follow", "[actors]") {
  SchedulerFixture fixture;
  int status = GENERATE(500, 200);
  fixture.transport.answer = [=](const OutgoingRequest&) { return fails(status, 5s); };
  auto request = fixture.request("a");
  request.retries = 3;
  auto id = fixture.publish(request);
  fixture.time.run_for(1s);
  CHECK(fixture.cancel(id));
  CHECK(fixture.cancel(id).error().code == ErrorCode::not_found);
  fixture.time.run_for(3600s);
  CHECK(fixture.transport.sent.size() == 1);
  CHECK(fixture.message(id).error().code == ErrorCode::not_found); // Long finished: only the log knows it.
  CHECK(fixture.dlq().empty());
}

TEST_CASE("a cancelled running message ends as cancelled or delivered", "[actors]") {
  SchedulerFixture fixture;
  int status = GENERATE(500, 200);
  fixture.transport.answer = [=](const OutgoingRequest&) { return fails(status, 5s); };
  auto id = fixture.publish(fixture.request("a"));
  CHECK(fixture.cancel(id));
  fixture.time.run_for(6s);
  CHECK(fixture.state(id) == (status == 200 ? MessageState::delivered : MessageState::cancelled));
}

TEST_CASE("global parallelism is kept and shared fairly between keys", "[actors]") {
  SchedulerOptions options;
  options.global_parallelism = 4;
  SchedulerFixture fixture(options);
  fixture.transport.answer = [](const OutgoingRequest&) { return Answer{1s}; };
  for (int i = 0; i < 100; ++i)
    fixture.publish(fixture.request("greedy", "greedy", limits({}, 1s, 50)));
  for (auto name : {"x", "y", "z"})
    fixture.publish(fixture.request(name, name, limits({}, 1s, 1)));
  fixture.time.run_for(3s);
  CHECK(fixture.transport.most_open == 4);
  auto text = fixture.sent();
  for (auto name : {"x@", "y@", "z@"})
    CHECK(text.find(name) != std::string::npos);
  fixture.time.run_for(60s);
  CHECK(fixture.transport.sent.size() == 103);
  CHECK(fixture.calls() == 0);
}

TEST_CASE("a waitlist longer than its window drains completely and in order", "[actors]") {
  SchedulerFixture fixture;
  fixture.control("k", core::Pause{});
  constexpr int count = 3000;
  for (int i = 0; i < count; ++i)
    fixture.publish(fixture.request(std::to_string(i), "k", limits({}, 1s, 7)));
  CHECK(fixture.key("k")->waitlist_size == count);
  fixture.control("k", core::Resume{});
  fixture.time.run_for(1s);
  REQUIRE(fixture.transport.sent.size() == count);
  for (int i = 0; i < count; ++i)
    REQUIRE(fixture.transport.sent[static_cast<std::size_t>(i)].request.url ==
            "http://destination.test/" + std::to_string(i));
}

TEST_CASE("a thousand waiting messages need one timer", "[actors]") {
  SchedulerFixture fixture;
  auto before = fixture.time.pending_timers();
  for (int i = 0; i < 1000; ++i)
    fixture.publish(fixture.request("m", "k", limits(1, 60s)));
  CHECK(fixture.time.pending_timers() == before + 1);
}

TEST_CASE("an idle key is retired and comes back unchanged", "[actors]") {
  SchedulerOptions options;
  options.idle_key_after = 10s;
  SchedulerFixture fixture(options);
  fixture.publish(fixture.request("a", "k", limits(1, 600s)));
  fixture.control("k", PinRequest{3, {}, {}});
  fixture.publish(fixture.request("b", "k", limits(1, 600s)));
  auto running = fixture.time.system().registry().running();
  auto before = fixture.key("k").value();
  fixture.time.run_for(60s);
  CHECK(fixture.time.system().registry().running() < running);

  auto after = fixture.key("k").value();
  CHECK(after.rate_count == before.rate_count);
  CHECK(after.rate_period_start == before.rate_period_start);
  CHECK(after.is_pinned_parallelism);
  CHECK(after.parallelism_max == 3);
  fixture.publish(fixture.request("c", "k", limits(1, 600s)));
  fixture.time.run_for(539s);
  CHECK(fixture.transport.sent.size() == 2);
  fixture.time.run_for(2s);
  CHECK(fixture.transport.sent.size() == 3);
}

TEST_CASE("more idle keys than allowed leave memory before their time", "[actors]") {
  SchedulerOptions options;
  options.max_idle_keys = 10;
  SchedulerFixture fixture(options);
  auto running = fixture.time.system().registry().running();
  for (int i = 0; i < 100; ++i) {
    fixture.publish(fixture.request("m", "k" + std::to_string(i), limits(1, 600s)));
    fixture.time.run_for(0s); // Delivered before the next, so that one delivery actor is enough.
  }
  fixture.time.run_for(3s);
  CHECK(fixture.time.system().registry().running() <= running + 12);
}

TEST_CASE("a stopped scheduler refuses, starts nothing more and waits for what flies", "[actors]") {
  SchedulerFixture fixture;
  fixture.transport.answer = [](const OutgoingRequest&) { return Answer{5s}; };
  fixture.publish(fixture.request("a", "k", limits({}, 1s, 1)));
  fixture.publish(fixture.request("b", "k", limits({}, 1s, 1)));
  bool done = false;
  anon_tell(fixture.actor, to_scheduler::Stop{30s, [&] { done = true; }});
  fixture.time.run_for(4s);
  CHECK_FALSE(done);
  auto refused =
      fixture.ask(to_scheduler::Publish{unnumbered(fixture.request("c")), {}}, &to_scheduler::Publish::reply);
  CHECK(refused.error().code == ErrorCode::unavailable);
  fixture.time.run_for(2s);
  CHECK(done);
  CHECK(fixture.transport.sent.size() == 1);
}

TEST_CASE("a stop ends after the grace time even if a call hangs", "[actors]") {
  SchedulerFixture fixture;
  fixture.transport.answer = [](const OutgoingRequest&) { return Answer{1h}; };
  fixture.publish(fixture.request("a"));
  bool done = false;
  anon_tell(fixture.actor, to_scheduler::Stop{30s, [&] { done = true; }});
  fixture.time.run_for(29s);
  CHECK_FALSE(done);
  fixture.time.run_for(1s);
  CHECK(done);
}

TEST_CASE("finished messages are forgotten after a while, and the oldest when there are too many", "[actors]") {
  SchedulerOptions options;
  options.retention.finished = 60s;
  options.retention.max_finished = 1000;
  options.retention.max_events = 1000; // They keep their messages.
  SchedulerFixture fixture(options);
  auto first = fixture.publish(fixture.request("first"));
  fixture.time.run_for(30s);
  CHECK(fixture.message(first));
  SECTION("by time") {
    fixture.time.run_for(40s);
    CHECK_FALSE(fixture.message(first));
  }
  SECTION("by number") {
    for (int i = 0; i < 2000; ++i) {
      fixture.publish(fixture.request("m"));
      fixture.time.run_for(0s);
    }
    CHECK_FALSE(fixture.message(first));
  }
}

TEST_CASE("events are kept within their bound, however many come in a second", "[actors]") {
  SchedulerOptions options;
  options.retention.max_events = 1000;
  SchedulerFixture fixture(options);
  for (int i = 0; i < 3000; ++i)
    fixture.publish(fixture.request("m"));
  fixture.time.run_for(1ms);
  constexpr std::size_t of_the_last_slice = 3 * 256;
  CHECK(fixture.transport.sent.size() == 3000);
  LogQuery query;
  query.count = 100'000;
  CHECK(fixture.log(query).size() <= 1000 + of_the_last_slice);
}

TEST_CASE("a full store refuses messages and takes them again when there is room", "[actors]") {
  SchedulerFixture fixture;
  auto request = fixture.request("a");
  request.delay = 60s;
  request.body = Body(std::string(std::size_t{1} << 29, 'x'));
  fixture.publish(request);
  auto refused = fixture.ask(to_scheduler::Publish{unnumbered(request), {}}, &to_scheduler::Publish::reply);
  CHECK(refused.error().code == ErrorCode::overloaded);
  fixture.time.run_for(400s);
  CHECK(fixture.ask(to_scheduler::Publish{unnumbered(request), {}}, &to_scheduler::Publish::reply));
}

TEST_CASE("rotation signs with the former next key", "[actors]") {
  SchedulerFixture fixture;
  auto keys = fixture.ask(to_scheduler::RotateSigningKeys{}, &to_scheduler::RotateSigningKeys::reply).value();
  CHECK(keys.current == "sig_b");
  CHECK(keys.next.size() == 32);
  CHECK(fixture.ask(to_scheduler::ReadSigningKeys{}, &to_scheduler::ReadSigningKeys::reply)->current == "sig_b");
}
