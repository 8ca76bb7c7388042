// What every store must do with schedules.
#include "tests/store/stores.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

std::shared_ptr<const ScheduleSpec> spec(const std::string& id, const std::string& body = "text") {
  auto spec = std::make_shared<ScheduleSpec>();
  spec->id = ScheduleId{id};
  spec->cron = "*/5 * * * *";
  spec->request.destination = UrlDestination{"http://destination.test/" + id};
  spec->request.body = Body(body);
  return spec;
}

PutSchedule put(const std::string& id, std::chrono::milliseconds next = 5min) {
  return {spec(id), wall0, wall0 + next};
}

InsertMessage published(Sequence sequence, const std::string& by) {
  auto copy = std::make_shared<Message>(*message(sequence));
  copy->request.schedule = ScheduleId{by};
  return {copy, wall0, false};
}

FinishMessage end_of_run(Sequence sequence, MessageRow::State state) { return {sequence, state, 1, wall0, 0, true}; }

template <class Subject>
std::string firings(Subject& store, std::size_t limit = all) {
  std::string text;
  for (const auto& one : store->firings(limit))
    text += one.id.text + '@' + std::to_string((one.time - wall0) / 1ms) + ' ';
  return text;
}

template <class Subject>
std::string runs(Subject& store, const std::string& id) {
  std::string text;
  auto row = store->schedule({id});
  for (const auto& run : row->runs)
    text += std::to_string(run.message.sequence()) + '=' + std::to_string(static_cast<int>(run.state)) + ' ';
  return text;
}

} // namespace

TEMPLATE_TEST_CASE("store keeps a schedule whole", "[store]", Memory, Sqlite) {
  TestType store;
  auto whole = std::make_shared<ScheduleSpec>(*spec("s", std::string("\0\xff", 2)));
  whole->request.method = Method::put;
  whole->request.headers = {{"A", "b"}};
  whole->request.retries = 7;
  whole->request.retry_delay = "1000";
  whole->request.delay = 90s;
  whole->request.timeout = 3s;
  whole->request.flow_control = FlowControl{{"k"}, {2, 3, 60s}};
  whole->request.queue = QueueName{"q"};
  whole->request.labels = {"a", "b"};
  whole->request.caller_ip = "192.0.2.1";
  whole->request.hops = 4;
  CHECK_FALSE(store->schedule({"s"}));
  REQUIRE(commit(store, PutSchedule{whole, wall0 + 1s, wall0 + 9s}));
  store.reopen();
  auto row = store->schedule({"s"});
  REQUIRE(row);
  CHECK(row->created_at == wall0 + 1s);
  CHECK(row->next == wall0 + 9s);
  CHECK_FALSE(row->paused);
  CHECK_FALSE(row->last);
  CHECK(row->error == "");
  CHECK(row->runs.empty());
  CHECK(row->spec->id == ScheduleId{"s"});
  CHECK(row->spec->cron == "*/5 * * * *");
  const auto& request = row->spec->request;
  CHECK(std::get<UrlDestination>(request.destination).url == "http://destination.test/s");
  CHECK(request.body.view() == std::string("\0\xff", 2));
  CHECK(request.method == Method::put);
  CHECK(request.headers == whole->request.headers);
  CHECK(request.retries == 7);
  CHECK(request.retry_delay == "1000");
  CHECK(request.delay == 90s);
  CHECK(request.timeout == 3s);
  CHECK(request.flow_control->limits == whole->request.flow_control->limits);
  CHECK(request.queue == QueueName{"q"});
  CHECK(request.labels == whole->request.labels);
  CHECK(request.caller_ip == "192.0.2.1");
  CHECK(request.hops == 4);
}

TEMPLATE_TEST_CASE("store keeps the URL group and the callbacks of a schedule", "[store]", Memory, Sqlite) {
  TestType store;
  auto whole = std::make_shared<ScheduleSpec>(*spec("s"));
  whole->request.destination = UrlGroupDestination{{"group"}};
  whole->request.callback = std::make_shared<const Callback>(Callback{"http://callback.test/"});
  REQUIRE(commit(store, PutSchedule{whole, wall0, wall0}));
  store.reopen();
  auto request = store->schedule({"s"})->spec->request;
  CHECK(std::get<UrlGroupDestination>(request.destination).name == UrlGroupName{"group"});
  CHECK(request.callback->url == "http://callback.test/");
  CHECK_FALSE(request.failure_callback);
}

TEMPLATE_TEST_CASE("store lists schedules by id and page, and counts them", "[store]", Memory, Sqlite) {
  TestType store;
  CHECK(store->schedule_count() == 0);
  REQUIRE(commit(store, put("b"), put("c"), put("a")));
  auto ids = [&](const std::string& after, std::size_t limit) {
    std::string text;
    for (const auto& row : store->schedules({after}, limit))
      text += row.spec->id->text;
    return text;
  };
  CHECK(ids("", all) == "abc");
  CHECK(ids("a", 1) == "b");
  CHECK(ids("c", all) == "");
  CHECK(store->schedule_count() == 3);
  REQUIRE(commit(store, DropSchedule{{"b"}}, DropSchedule{{"unknown"}}));
  CHECK(ids("", all) == "ac");
  CHECK(store->schedule_count() == 2);
  CHECK_FALSE(store->schedule({"b"}));
}

TEMPLATE_TEST_CASE("store tells which schedules fire next, in order", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, put("c", 20ms), put("a", 10ms), put("b", 10ms), put("d", 0ms)));
  CHECK(firings(store) == "d@0 a@10 b@10 c@20 ");
  CHECK(firings(store, 2) == "d@0 a@10 ");
  REQUIRE(
      commit(store, FireSchedule{{"d"}, wall0, wall0 + 15ms}, SkipFirings{{"a"}, wall0 + 30ms}, PauseSchedule{{"b"}}));
  CHECK(firings(store) == "d@15 c@20 a@30 ");
  REQUIRE(commit(store, ResumeSchedule{{"b"}, wall0 + 50ms, wall0 + 10ms}, PauseSchedule{{"c"}}, DropSchedule{{"a"}},
                 SkipFirings{{"d"}, {}, "why"}));
  store.reopen();
  CHECK(firings(store) == "b@50 ");
  CHECK(store->schedule({"c"})->next == wall0 + 20ms);
  CHECK_FALSE(store->schedule({"d"})->next);
  CHECK(store->schedule({"d"})->error == "why");
}

TEMPLATE_TEST_CASE("store resumes a schedule that has fired meanwhile without going back", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, put("s", 10ms)));
  REQUIRE(commit(store, FireSchedule{{"s"}, wall0 + 10ms, wall0 + 20ms}, PauseSchedule{{"s"}},
                 ResumeSchedule{{"s"}, wall0 + 10ms, wall0 + 10ms}));
  CHECK(firings(store) == "s@20 ");
  REQUIRE(commit(store, SkipFirings{{"s"}, {}, "why"}, ResumeSchedule{{"s"}, wall0 + 50ms, {}}));
  store.reopen();
  CHECK(firings(store) == "s@50 ");
}

TEMPLATE_TEST_CASE("store leaves a schedule that is gone alone", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, put("s"), DropSchedule{{"s"}}, PauseSchedule{{"s"}}, ResumeSchedule{{"s"}, wall0},
                 SkipFirings{{"s"}, wall0}, FireSchedule{{"s"}, wall0, wall0, {1}}, published(1, "s"),
                 end_of_run(1, MessageRow::State::delivered)));
  CHECK_FALSE(store->schedule({"s"}));
  CHECK(firings(store) == "");
  CHECK(store->schedule_count() == 0);
  // Nothing of the old one is in a new one.
  REQUIRE(commit(store, put("s")));
  CHECK(runs(store, "s") == "");
}

TEMPLATE_TEST_CASE("store follows what a schedule has published to its end", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, put("s"), put("t")));
  REQUIRE(commit(store, published(1, "s"), published(2, "s"), published(3, "s"),
                 FireSchedule{{"s"}, wall0 + 5min, wall0 + 10min, {1, 2, 3}}));
  CHECK(runs(store, "s") == "1=0 2=0 3=0 ");
  CHECK(runs(store, "t") == "");
  CHECK(store->schedule({"s"})->runs.front().message == MessageId(1, store->opening().origin));
  CHECK(store->schedule({"s"})->last == wall0 + 5min);
  REQUIRE(commit(store, end_of_run(1, MessageRow::State::delivered), end_of_run(3, MessageRow::State::failed)));
  CHECK(runs(store, "s") == "1=1 2=0 3=2 ");
  // The message may be gone, how it ended is not.
  REQUIRE(commit(store, DropFinished{wall0 + 1h, 0, all}));
  store.reopen();
  CHECK(runs(store, "s") == "1=1 2=0 3=2 ");
  SECTION("until the schedule fires again") {
    REQUIRE(commit(store, published(4, "s"), FireSchedule{{"s"}, wall0 + 10min, wall0 + 15min, {4}}));
    CHECK(runs(store, "s") == "4=0 ");
    // One of before says nothing any more.
    REQUIRE(commit(store, end_of_run(2, MessageRow::State::failed), end_of_run(4, MessageRow::State::cancelled)));
    CHECK(runs(store, "s") == "4=3 ");
  }
  SECTION("or could not fire") {
    REQUIRE(commit(store, FireSchedule{{"s"}, wall0 + 10min, wall0 + 15min, {}, "why"}));
    CHECK(runs(store, "s") == "");
    CHECK(store->schedule({"s"})->error == "why");
    REQUIRE(commit(store, SkipFirings{{"s"}, wall0 + 20min}));
    CHECK(store->schedule({"s"})->error == "why");
    REQUIRE(commit(store, published(4, "s"), FireSchedule{{"s"}, wall0 + 20min, wall0 + 25min, {4}}));
    CHECK(store->schedule({"s"})->error == "");
  }
}

TEMPLATE_TEST_CASE("store replaces a schedule but for its creation and its last run", "[store]", Memory, Sqlite) {
  TestType store;
  REQUIRE(commit(store, put("s"), published(1, "s"), FireSchedule{{"s"}, wall0 + 5min, wall0 + 10min, {1}},
                 PauseSchedule{{"s"}}));
  REQUIRE(commit(store, PutSchedule{spec("s", ""), wall0 + 6min, wall0 + 7min}));
  auto row = store->schedule({"s"});
  CHECK(row->spec->request.body.empty());
  CHECK(row->created_at == wall0);
  CHECK_FALSE(row->paused);
  CHECK(row->next == wall0 + 7min);
  CHECK(row->last == wall0 + 5min);
  CHECK(runs(store, "s") == "1=0 ");
  CHECK(firings(store) == "s@420000 ");
  CHECK(store->schedule_count() == 1);
}

TEST_CASE("MemoryStore counts what schedules hold", "[store]") {
  Memory store;
  REQUIRE(commit(store, PutSchedule{spec("s", std::string(90'000, 'x')), wall0, wall0}));
  CHECK_FALSE(store->room_for(20'000));
  REQUIRE(commit(store, PutSchedule{spec("s", ""), wall0, wall0}));
  CHECK(store->room_for(90'000));
  REQUIRE(commit(store, PutSchedule{spec("s", std::string(90'000, 'x')), wall0, wall0}, DropSchedule{{"s"}}));
  CHECK(store->room_for(99'000));
}
