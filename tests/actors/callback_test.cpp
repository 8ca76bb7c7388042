#include "actors/callback.hpp"

#include "tests/support/scheduler_fixture.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

using Answer = RecordingTransport::Answer;

std::shared_ptr<const Callback> to(const std::string& name) {
  return std::make_shared<const Callback>(Callback{"http://destination.test/" + name});
}

PublishRequest with_callbacks(SchedulerFixture& fixture, const std::string& name) {
  auto request = fixture.request(name);
  request.callback = to("callback");
  request.failure_callback = to("failure");
  return request;
}

// Answers 500 to what is sent to `name`, at most so often; everything else is 200.
void fail(SchedulerFixture& fixture, const std::string& name, int times = 1'000'000) {
  fixture.transport.answer = [name, times](const OutgoingRequest& request) mutable {
    bool fails = request.url.ends_with("/" + name) && times-- > 0;
    return Answer{1s, Outcome{fails ? 500 : 200, {{"x-answer", "1"}}, "answer", {}}};
  };
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

} // namespace

TEST_CASE("A callback tells of a delivery", "[actors]") {
  SchedulerFixture fixture;
  fail(fixture, "nothing");
  auto request = with_callbacks(fixture, "a");
  request.body = Body("body");
  request.headers = {{"x-source", "2"}};
  auto id = fixture.publish(request);
  fixture.time.run_for(10s);
  CHECK(fixture.sent() == "a@0.0 callback@1.0");
  const auto& callback = fixture.transport.sent[1];
  CHECK(callback.header("Content-Type") == "application/json");
  CHECK(callback.header("Upstash-Message-Id") != id.text());
  auto time = std::to_string(fixture.message(id)->message->created_at.time_since_epoch().count());
  CHECK(
      callback.request.body.view() ==
      R"({"status":200,"header":{"X-Answer":["1"]},"body":"YW5zd2Vy","retried":0,"maxRetries":0,"sourceMessageId":")" +
          id.text() +
          R"(","url":"http://destination.test/a","method":"POST","sourceHeader":{"X-Source":["2"]},)"
          R"("sourceBody":"Ym9keQ==","notBefore":)" +
          time + R"(,"createdAt":)" + time + R"(,"callerIP":""})");
}

TEST_CASE("Every attempt is told of, and the failure once", "[actors]") {
  SchedulerFixture fixture;
  fail(fixture, "a");
  auto request = with_callbacks(fixture, "a");
  request.retries = 1;
  request.retry_delay = "5000";
  fixture.publish(request);
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "a@0.0 callback@1.0 a@6.0 callback@7.0 failure@7.0");
  auto body = [&](std::size_t n) { return fixture.transport.sent[n].request.body.view(); };
  CHECK(has(body(1), R"("status":500)"));
  CHECK(has(body(1), R"("retried":0,"maxRetries":1)"));
  CHECK(has(body(3), R"("retried":1,"maxRetries":1)"));
  CHECK_FALSE(has(body(3), "dlqId"));
  REQUIRE(fixture.dlq().size() == 1);
  CHECK(has(body(4), R"("dlqId":")" + fixture.dlq()[0].id.text() + '"'));
}

TEST_CASE("Without an answer a callback has the error's text", "[actors]") {
  SchedulerFixture fixture;
  fixture.transport.answer = [](const OutgoingRequest& request) {
    return Answer{0s, Outcome{request.url.ends_with("/a") ? 0 : 200, {}, {}, "no route"}};
  };
  fixture.publish(with_callbacks(fixture, "a"));
  fixture.time.run_for(10s);
  CHECK(has(fixture.transport.sent.at(1).request.body.view(), R"("status":0,"header":{},"body":"bm8gcm91dGU=")"));
}

TEST_CASE("A callback is retried as often as its message unless it says otherwise", "[actors]") {
  SchedulerFixture fixture;
  fail(fixture, "callback");
  auto request = fixture.request("a");
  request.retries = 2;
  Callback callback{"http://destination.test/callback"};
  callback.retry_delay = "1000";
  SECTION("as often") {
    request.callback = std::make_shared<const Callback>(callback);
    fixture.publish(request);
    fixture.time.run_for(60s);
    CHECK(fixture.sent() == "a@0.0 callback@1.0 callback@3.0 callback@5.0");
    CHECK(fixture.dlq().size() == 1);
  }
  SECTION("otherwise") {
    callback.retries = 0;
    callback.method = Method::put;
    request.callback = std::make_shared<const Callback>(callback);
    fixture.publish(request);
    fixture.time.run_for(60s);
    CHECK(fixture.sent() == "a@0.0 callback@1.0");
    CHECK(fixture.transport.sent[1].request.method == Method::put);
  }
}

TEST_CASE("A queue waits for the callbacks of a message, also for their retries and across a crash", "[actors]") {
  SchedulerFixture fixture;
  fail(fixture, "callback", 1);
  auto first = fixture.request("a");
  Callback callback{"http://destination.test/callback"};
  callback.retries = 1;
  callback.retry_delay = "5000";
  first.callback = std::make_shared<const Callback>(callback);
  first.queue = QueueName{"q"};
  auto second = fixture.request("b");
  second.queue = QueueName{"q"};
  fixture.publish(first);
  fixture.publish(second);
  SECTION("without a crash") {
    fixture.time.run_for(60s);
    CHECK(fixture.sent() == "a@0.0 callback@1.0 callback@7.0 b@8.0");
  }
  SECTION("with a crash while the callback waits") {
    fixture.time.run_for(4s);
    fixture.crash();
    fixture.time.run_for(60s);
    CHECK(fixture.sent() == "a@0.0 callback@1.0 callback@7.0 b@8.0");
  }
  SECTION("and goes on when the callback is cancelled") {
    fixture.time.run_for(4s);
    auto id = MessageId::parse(fixture.transport.sent[1].header("Upstash-Message-Id"));
    REQUIRE(fixture.cancel(*id));
    fixture.time.run_for(1s);
    CHECK(fixture.sent() == "a@0.0 callback@1.0 b@4.0");
  }
}

TEST_CASE("A callback of a message whose queue is gone makes no queue anew", "[actors]") {
  SchedulerFixture fixture;
  fail(fixture, "nothing");
  auto request = with_callbacks(fixture, "a");
  request.queue = QueueName{"q"};
  fixture.publish(request);
  fixture.time.run_for(500ms);
  using Delete = to_scheduler::DeleteQueue;
  REQUIRE(fixture.ask(Delete{{"q"}, {}, {}}, &Delete::reply));
  fixture.time.run_for(10s);
  CHECK(fixture.sent() == "a@0.0 callback@1.0");
  CHECK_FALSE(fixture.message(MessageId::parse(fixture.transport.sent.at(1).header("Upstash-Message-Id")).value())
                  ->message->request.queue);
}

TEST_CASE("A callback and the outcome that it tells of survive a crash together", "[actors]") {
  SchedulerFixture fixture;
  fail(fixture, "nothing");
  fixture.publish(with_callbacks(fixture, "a"));
  fixture.time.run_for(1s);
  fixture.crash();
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "a@0.0 callback@1.0 callback@1.0");
}

TEST_CASE("A callback keeps to its own flow-control key", "[actors]") {
  SchedulerFixture fixture;
  fail(fixture, "nothing");
  Callback callback{"http://destination.test/callback"};
  callback.flow_control = FlowControl{{"k"}, limits(1, 60s)};
  for (auto name : {"a", "b"}) {
    auto request = fixture.request(name);
    request.callback = std::make_shared<const Callback>(callback);
    fixture.publish(request);
  }
  fixture.time.run_for(120s);
  CHECK(fixture.sent() == "a@0.0 b@0.0 callback@1.0 callback@61.0");
}

TEST_CASE("A callback has no more of an answer than a message may hold", "[actors]") {
  Message message;
  message.request.destination = UrlDestination{"http://destination.test/a"};
  Outcome outcome{200, {}, "answer", {}};
  auto request = make_callback(Callback{"http://destination.test/c"}, {message, 1, outcome, {}}, 3);
  CHECK(has(request.body.view(), R"("body":"YW5z")"));
}
