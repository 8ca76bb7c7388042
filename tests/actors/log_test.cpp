// What the log tells of each course that a message can take (spec §2.13.4), and how it is read.
#include "tests/support/scheduler_fixture.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

using Answer = RecordingTransport::Answer;

std::string_view name(EventKind kind) {
  constexpr std::string_view names[] = {"CREATED", "ACTIVE",           "RETRY",   "ERROR", "DELIVERED",
                                        "FAILED",  "CANCEL_REQUESTED", "CANCELED"};
  return names[static_cast<std::size_t>(kind)];
}

// An event as `KIND@seconds status >seconds of the next attempt error`, without what it does not have.
std::string text(const LogEntry& entry, WallTime start) {
  auto seconds = [&](WallTime time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time - start).count());
  };
  const auto& event = entry.event;
  auto text = std::string(name(event.kind)) + '@' + seconds(event.time);
  if (event.status != 0)
    text += ' ' + std::to_string(event.status);
  if (event.next_attempt != WallTime{})
    text += " >" + seconds(event.next_attempt);
  return event.error.empty() ? text : text + ' ' + event.error;
}

struct Fixture : SchedulerFixture {
  using SchedulerFixture::SchedulerFixture;

  WallTime start = time.clock()().wall;

  /// What happened to `id`, in order.
  std::vector<std::string> course(MessageId id) {
    LogQuery query{.earliest_first = true};
    query.filter.ids = {id};
    std::vector<std::string> course;
    for (const auto& entry : log(query))
      course.push_back(text(entry, start));
    return course;
  }
  void answer_with(int status, Duration latency = 0s, std::string error = {}) {
    transport.answer = [=](const OutgoingRequest&) { return Answer{latency, {status, {{"X", "y"}}, "body", error}}; };
  }
};

using Course = std::vector<std::string>;

} // namespace

TEST_CASE("the log of a message that is delivered", "[actors]") {
  Fixture fixture;
  fixture.answer_with(204, 2s);
  auto id = fixture.publish(fixture.request("a"));
  CHECK(fixture.course(id) == Course{"CREATED@0"});
  fixture.time.run_for(5s);
  CHECK(fixture.course(id) == Course{"CREATED@0", "ACTIVE@0", "DELIVERED@2 204"});
}

TEST_CASE("the log of a delayed message tells when it will be sent", "[actors]") {
  Fixture fixture;
  auto request = fixture.request("a");
  request.delay = 30s;
  auto id = fixture.publish(request);
  CHECK(fixture.course(id) == Course{"CREATED@0 >30"});
  fixture.time.run_for(31s);
  CHECK(fixture.course(id) == Course{"CREATED@0 >30", "ACTIVE@30", "DELIVERED@30 200"});
}

TEST_CASE("the log of a message that fails without retries, with the answer", "[actors]") {
  Fixture fixture;
  fixture.answer_with(503, 1s);
  auto id = fixture.publish(fixture.request("a"));
  fixture.time.run_for(5s);
  CHECK(fixture.course(id) == Course{"CREATED@0", "ACTIVE@0", "ERROR@1 503 HTTP status 503", "FAILED@1 503"});
  auto log = fixture.log();
  CHECK(log[1].response_body.view() == "body");
  CHECK(log[1].response_headers == Headers{{"X", "y"}});
  CHECK(log[0].response_body.empty());
}

TEST_CASE("the log of a message that gets no answer says why", "[actors]") {
  Fixture fixture;
  fixture.answer_with(0, 0s, "connection refused");
  auto id = fixture.publish(fixture.request("a"));
  fixture.time.run_for(1s);
  CHECK(fixture.course(id) == Course{"CREATED@0", "ACTIVE@0", "ERROR@0 connection refused", "FAILED@0"});
}

TEST_CASE("the log of a message that is retried tells when", "[actors]") {
  Fixture fixture;
  fixture.answer_with(500, 1s);
  auto request = fixture.request("a");
  request.retries = 1;
  request.retry_delay = "10000";
  auto id = fixture.publish(request);
  fixture.time.run_for(5s);
  fixture.answer_with(200);
  fixture.time.run_for(60s);
  CHECK(fixture.course(id) == Course{"CREATED@0", "ACTIVE@0", "ERROR@1 500 HTTP status 500", "RETRY@1 500 >11",
                                     "ACTIVE@11", "DELIVERED@11 200"});
}

TEST_CASE("the log of a message that is cancelled while it waits", "[actors]") {
  Fixture fixture;
  auto request = fixture.request("a");
  request.delay = 30s;
  auto id = fixture.publish(request);
  fixture.time.run_for(5s);
  CHECK(fixture.cancel(id));
  CHECK(fixture.course(id) == Course{"CREATED@0 >30", "CANCEL_REQUESTED@5", "CANCELED@5"});
}

TEST_CASE("the log of a message that is cancelled while it is sent", "[actors]") {
  Fixture fixture;
  auto status = GENERATE(200, 500);
  fixture.answer_with(status, 4s);
  auto request = fixture.request("a");
  request.retries = 3;
  auto id = fixture.publish(request);
  fixture.time.run_for(1s);
  CHECK(fixture.cancel(id));
  CHECK(fixture.course(id) == Course{"CREATED@0", "CANCEL_REQUESTED@1"});
  fixture.time.run_for(5s);
  if (status == 200)
    CHECK(fixture.course(id) == Course{"CREATED@0", "ACTIVE@0", "CANCEL_REQUESTED@1", "DELIVERED@4 200"});
  else
    CHECK(fixture.course(id) ==
          Course{"CREATED@0", "ACTIVE@0", "CANCEL_REQUESTED@1", "ERROR@4 500 HTTP status 500", "CANCELED@4"});
}

TEST_CASE("the log of messages in a queue that is deleted", "[actors]") {
  Fixture fixture;
  fixture.answer_with(200, 10s);
  auto request = fixture.request("a");
  request.queue = QueueName{"q"};
  auto first = fixture.publish(request);
  auto second = fixture.publish(request);
  fixture.time.run_for(1s);
  CHECK(fixture.course(second) == Course{"CREATED@0"});
  CHECK(fixture.ask(to_scheduler::DeleteQueue{{"q"}, {}, {}}, &to_scheduler::DeleteQueue::reply));
  fixture.time.run_for(20s);
  CHECK(fixture.course(first) == Course{"CREATED@0", "ACTIVE@0", "CANCEL_REQUESTED@1", "DELIVERED@10 200"});
  CHECK(fixture.course(second) == Course{"CREATED@0", "CANCEL_REQUESTED@1", "CANCELED@1"});
}

TEST_CASE("pages of the log follow each other, and the last has no cursor", "[actors]") {
  Fixture fixture;
  for (int i = 0; i < 4; ++i)
    fixture.publish(fixture.request("m"));
  fixture.time.run_for(1s);
  auto count = GENERATE(1, 5, 11, 12, 13);
  CAPTURE(count);
  LogQuery query;
  query.count = static_cast<std::size_t>(count);
  std::size_t seen = 0;
  for (bool is_last = false; !is_last;) {
    auto page = fixture.ask(to_scheduler::ListLog{query, {}}, &to_scheduler::ListLog::reply).value();
    REQUIRE(page.entries.size() == std::min<std::size_t>(query.count, 12 - seen));
    seen += page.entries.size();
    query.cursor = page.cursor;
    is_last = !page.cursor;
    CHECK(is_last == (seen == 12));
  }
}

TEST_CASE("a page of large messages ends early, and the next goes on from there", "[actors]") {
  Fixture fixture;
  auto request = fixture.request("large");
  request.body = Body(std::string(max_log_bytes / 4, 'x'));
  for (int i = 0; i < 4; ++i)
    fixture.publish(request);
  fixture.time.run_for(1s);
  LogQuery query;
  std::set<LogPosition> seen;
  do {
    auto page = fixture.ask(to_scheduler::ListLog{query, {}}, &to_scheduler::ListLog::reply).value();
    CHECK(page.entries.size() <= 4);
    for (const auto& entry : page.entries)
      CHECK(seen.insert(entry.position).second);
    query.cursor = page.cursor;
  } while (query.cursor);
  CHECK(seen.size() == 12);
}

TEST_CASE("a search of the log goes on over slices in which nothing matches", "[actors]") {
  Fixture fixture;
  auto rare = fixture.request("rare");
  rare.labels = {"rare"};
  auto id = fixture.publish(rare);
  for (int i = 0; i < 6000; ++i)
    fixture.publish(fixture.request("m"));
  fixture.time.run_for(1s);
  LogQuery query;
  query.filter.labels = {"rare"};
  auto log = fixture.log(query);
  REQUIRE(log.size() == 3);
  CHECK(log[0].message->id == id);
}

TEST_CASE("a finished message is found by its id for a while, and by the log for longer", "[actors]") {
  Fixture fixture;
  auto id = fixture.publish(fixture.request("a"));
  fixture.time.run_for(119s);
  CHECK(fixture.message(id));
  fixture.time.run_for(5s);
  CHECK(fixture.message(id).error().code == ErrorCode::not_found);
  CHECK(fixture.course(id).size() == 3);
  fixture.time.run_for(72h);
  CHECK(fixture.course(id).empty());
  CHECK_FALSE(fixture.store.message(id.sequence()));
}

TEST_CASE("what was done to many is one line of the audit log, nothing is none", "[actors]") {
  Fixture fixture;
  auto request = fixture.request("a", "k", limits(1, 60s));
  for (int i = 0; i < 600; ++i)
    fixture.publish(request);
  auto cancel_all = [&](std::string key) {
    CancelFilter filter;
    filter.flow_control_keys = {std::move(key)};
    return fixture.ask(to_scheduler::CancelAll{filter, {"me", "::1"}, {}}, &to_scheduler::CancelAll::reply);
  };
  CHECK(cancel_all("none").value() == 0);
  CHECK(fixture.store.audit({}).empty());
  CHECK(cancel_all("k").value() == 600);
  auto audit = fixture.ask(to_scheduler::ListAudit{{}, {}}, &to_scheduler::ListAudit::reply).value();
  REQUIRE(audit.size() == 1);
  CHECK(audit[0].action == "cancelMany");
  CHECK(audit[0].by.name == "me");
  CHECK(audit[0].detail == "cancelled=600 flowControlKey=k");
}
