// Schedules in virtual time. It is 22:13:20 when a test begins, so the next full minute comes after 40 seconds.
#include "tests/support/scheduler_fixture.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

namespace {

class Fixture : public SchedulerFixture {
public:
  using SchedulerFixture::SchedulerFixture;

  ScheduleSpec spec(const std::string& id, const std::string& cron = "* * * * *") {
    return {ScheduleId{id}, cron, request(id)};
  }
  Result<ScheduleId> try_create(ScheduleSpec spec) {
    return ask(to_scheduler::CreateSchedule{std::move(spec), {}, {}}, &to_scheduler::CreateSchedule::reply);
  }
  void create(ScheduleSpec spec) { REQUIRE(try_create(std::move(spec))); }
  void create(const std::string& id, const std::string& cron = "* * * * *") { create(spec(id, cron)); }
  Result<Schedule> find(const std::string& id) {
    return ask(to_scheduler::FindSchedule{{id}, {}}, &to_scheduler::FindSchedule::reply);
  }
  std::string ids(ScheduleQuery query = {}) {
    std::string text;
    for (const auto& one : ask(to_scheduler::ListSchedules{query, {}}, &to_scheduler::ListSchedules::reply).value())
      text += one.spec->id->text + ' ';
    return text;
  }
  Result<void> remove(const std::string& id) {
    return ask(to_scheduler::DeleteSchedule{{id}, {}, {}}, &to_scheduler::DeleteSchedule::reply);
  }
  Result<void> pause(const std::string& id) {
    return ask(to_scheduler::SetSchedulePaused{{id}, true, {}, {}}, &to_scheduler::SetSchedulePaused::reply);
  }
  Result<void> resume(const std::string& id) {
    return ask(to_scheduler::SetSchedulePaused{{id}, false, {}, {}}, &to_scheduler::SetSchedulePaused::reply);
  }
  /// How the messages of the last run are getting on.
  std::vector<ScheduleRunState> states(const std::string& id) {
    std::vector<ScheduleRunState> states;
    auto schedule = find(id).value();
    for (const auto& run : schedule.last_runs)
      states.push_back(run.state);
    return states;
  }
  void answer_with(int status, Duration latency = 0s) {
    transport.answer = [=](const OutgoingRequest&) {
      return RecordingTransport::Answer{latency, Outcome{status, {}, {}, {}}};
    };
  }
};

using States = std::vector<ScheduleRunState>;

} // namespace

TEST_CASE("a schedule fires exactly at its minutes", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  CHECK(fixture.find("m")->next_time == wall0 + 40s);
  CHECK_FALSE(fixture.find("m")->last_time);
  fixture.time.run_for(39'999ms);
  CHECK(fixture.sent() == "");
  fixture.time.run_for(1ms);
  CHECK(fixture.sent() == "m@40.0");
  CHECK(fixture.find("m")->last_time == wall0 + 40s);
  CHECK(fixture.find("m")->next_time == wall0 + 100s);
  fixture.time.run_for(120s);
  CHECK(fixture.transport.times() == std::vector<Duration>{40s, 100s, 160s});
}

TEST_CASE("a schedule keeps the hours of its time zone", "[actors]") {
  Fixture fixture;
  fixture.create("m", "CRON_TZ=Europe/Berlin 15 23 * * *");
  fixture.time.run_for(24h);
  CHECK(fixture.transport.times() == std::vector<Duration>{100s});
}

TEST_CASE("an interval counts from the creation of its schedule", "[actors]") {
  Fixture fixture;
  fixture.time.run_for(5s);
  fixture.create("m", "@every 90s");
  fixture.time.run_for(200s);
  CHECK(fixture.sent() == "m@95.0 m@185.0");
}

TEST_CASE("what a schedule publishes is what it was given, and names it", "[actors]") {
  Fixture fixture;
  auto spec = fixture.spec("m");
  auto& request = spec.request;
  request.method = Method::patch;
  request.headers = {{"X-Test", "v"}};
  request.body = Body("text");
  request.caller_ip = "192.0.2.1";
  request.labels = {"l"};
  request.retries = 2;
  request.flow_control = FlowControl{{"k"}, limits(7, 60s)};
  request.queue = QueueName{"q"};
  request.delay = 5s;
  fixture.create(spec);
  fixture.time.run_for(44s);
  CHECK(fixture.sent() == "");
  auto id = fixture.find("m")->last_runs.at(0).message;
  const auto message = fixture.message(id).value().message;
  CHECK(message->created_at == wall0 + 40s);
  CHECK(message->request.schedule == ScheduleId{"m"});
  CHECK(message->request.labels == request.labels);
  CHECK(message->request.retries == 2);
  CHECK(message->request.queue == request.queue);
  CHECK(fixture.key("k")->rate_max == 7);
  fixture.time.run_for(1s);
  REQUIRE(fixture.sent() == "m@45.0");
  const auto& sent = fixture.transport.sent.front();
  CHECK(sent.request.method == Method::patch);
  CHECK(sent.request.body.view() == "text");
  CHECK(sent.header("X-Test") == "v");
  CHECK(sent.header("Upstash-Schedule-Id") == "m");
  CHECK(sent.header("Upstash-Caller-Ip") == "192.0.2.1");
  CHECK(sent.header("Upstash-Message-Id") == id.text());
}

TEST_CASE("an ordinary message names no schedule", "[actors]") {
  Fixture fixture;
  fixture.publish(fixture.request("m"));
  CHECK(fixture.transport.sent.front().header("Upstash-Schedule-Id") == "");
}

TEST_CASE("a schedule without an id gets a random one", "[actors]") {
  Fixture fixture;
  auto spec = fixture.spec("m");
  spec.id.reset();
  auto first = fixture.try_create(spec).value();
  auto second = fixture.try_create(spec).value();
  CHECK(first != second);
  CHECK(first.text.starts_with("scd_"));
  CHECK(first.text.size() == 32);
}

TEST_CASE("a schedule publishes the same again, whatever its deduplication", "[actors]") {
  Fixture fixture;
  auto spec = fixture.spec("m");
  spec.request.deduplication = DeduplicationId{"same"};
  fixture.create(spec);
  fixture.time.run_for(120s);
  CHECK(fixture.sent() == "m@40.0 m@100.0");
}

TEST_CASE("a paused schedule fires nothing while its next time goes on", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  fixture.time.run_for(50s);
  REQUIRE(fixture.pause("m"));
  REQUIRE(fixture.pause("m"));
  CHECK(fixture.find("m")->is_paused);
  fixture.time.run_for(125s); // 175 s
  CHECK(fixture.sent() == "m@40.0");
  CHECK(fixture.find("m")->next_time == wall0 + 220s);
  SECTION("and goes on with the next when it is resumed") {
    REQUIRE(fixture.resume("m"));
    CHECK_FALSE(fixture.find("m")->is_paused);
    CHECK(fixture.find("m")->next_time == wall0 + 220s);
    fixture.time.run_for(100s);
    CHECK(fixture.sent() == "m@40.0 m@220.0");
  }
  SECTION("also after a restart") {
    fixture.crash(60s); // 235 s
    fixture.time.run_for(10s);
    CHECK(fixture.sent() == "m@40.0");
    CHECK(fixture.find("m")->next_time == wall0 + 280s);
    REQUIRE(fixture.resume("m"));
    fixture.time.run_for(60s);
    CHECK(fixture.sent() == "m@40.0 m@280.0");
  }
}

TEST_CASE("a schedule that is resumed and was not paused misses nothing", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  fixture.time.run_for(39s);
  REQUIRE(fixture.resume("m"));
  fixture.time.run_for(2s);
  CHECK(fixture.sent() == "m@40.0");
}

TEST_CASE("a schedule with the same id takes the place of the old one", "[actors]") {
  Fixture fixture;
  auto spec = fixture.spec("m");
  spec.request.body = Body("old");
  spec.request.labels = {"old"};
  fixture.create(spec);
  fixture.time.run_for(50s);
  REQUIRE(fixture.pause("m"));
  fixture.create("m", "*/5 * * * *");
  auto schedule = fixture.find("m").value();
  CHECK(schedule.created_at == wall0);
  CHECK(schedule.last_time == wall0 + 40s);
  CHECK(schedule.last_runs.size() == 1);
  CHECK_FALSE(schedule.is_paused);
  CHECK(schedule.next_time == wall0 + 100s);
  CHECK(schedule.spec->cron == "*/5 * * * *");
  CHECK(schedule.spec->request.body.empty());
  CHECK(schedule.spec->request.labels.empty());
  fixture.time.run_for(360s);
  CHECK(fixture.sent() == "m@40.0 m@100.0 m@400.0");
  CHECK(fixture.ids() == "m ");
}

TEST_CASE("a deleted schedule fires no more, and what it has published stays", "[actors]") {
  Fixture fixture;
  fixture.answer_with(200, 30s);
  fixture.create("m");
  fixture.time.run_for(41s);
  auto id = fixture.find("m")->last_runs.at(0).message;
  REQUIRE(fixture.remove("m"));
  CHECK(fixture.find("m").error().code == ErrorCode::not_found);
  CHECK(fixture.find("m").error().message == "schedule not found");
  fixture.time.run_for(100s);
  CHECK(fixture.sent() == "m@40.0");
  CHECK(fixture.state(id) == MessageState::delivered);
  CHECK(fixture.remove("m"));
  CHECK(fixture.pause("m").error().code == ErrorCode::not_found);
  CHECK(fixture.resume("m").error().code == ErrorCode::not_found);
}

TEST_CASE("schedules are listed by id, all of them and by page", "[actors]") {
  Fixture fixture;
  for (auto id : {"b", "a", "c"})
    fixture.create(id);
  CHECK(fixture.ids() == "a b c ");
  CHECK(fixture.ids({{"a"}, 1}) == "b ");
  std::string all;
  for (int number = 100; number < 350; ++number)
    fixture.create("d" + std::to_string(number));
  CHECK(fixture.ids().size() == 3 * 2 + 250 * 5);
  CHECK(fixture.ids({{"c"}, 200}).size() == 200 * 5);
  CHECK(fixture.ids({{"c"}, 32}).size() == 32 * 5);
}

TEST_CASE("a list of schedules that would be too large is refused, and its parts are not", "[actors]") {
  SchedulerOptions options;
  options.max_body = 9'000'000;
  Fixture fixture(options);
  auto spec = fixture.spec("m");
  spec.request.body = Body(std::string(9'000'000, 'x'));
  for (char number = '0'; number < '8'; ++number) {
    spec.id = ScheduleId{std::string(1, number)};
    fixture.create(spec);
  }
  auto list = [&](ScheduleQuery query) {
    return fixture.ask(to_scheduler::ListSchedules{query, {}}, &to_scheduler::ListSchedules::reply);
  };
  CHECK(list({}).error().code == ErrorCode::too_large);
  CHECK(list({{}, 7}).value().size() == 7);
  CHECK(list({{"6"}}).value().size() == 1);
}

TEST_CASE("there are not more schedules than allowed, but those there are may change", "[actors]") {
  SchedulerOptions options;
  options.max_schedules = 2;
  Fixture fixture(options);
  fixture.create("a");
  fixture.create("b");
  auto refused = fixture.try_create(fixture.spec("c"));
  CHECK(refused.error().code == ErrorCode::too_many);
  CHECK(refused.error().message == "there may be no more than 2 schedules");
  fixture.create("b", "@daily");
  REQUIRE(fixture.remove("a"));
  fixture.create("c");
}

TEST_CASE("a schedule makes up for one firing within the grace", "[actors]") {
  Fixture fixture;
  fixture.create("m", "*/5 * * * *");
  fixture.time.run_for(90s);
  SECTION("when it missed one") {
    fixture.crash(30s); // 120 s, and it was due at 100 s.
    CHECK(fixture.sent() == "m@120.0");
    CHECK(fixture.find("m")->last_time == wall0 + 100s);
  }
  SECTION("and skips it later") {
    fixture.crash(71s);
    CHECK(fixture.sent() == "");
    CHECK_FALSE(fixture.find("m")->last_time);
  }
  SECTION("and of many only the last") {
    fixture.crash(24h + 30s);
    CHECK(fixture.transport.sent.size() == 1);
    CHECK(fixture.find("m")->last_time == wall0 + 24h + 100s);
    fixture.time.run_for(280s); // The next one comes on time.
    CHECK(fixture.transport.sent.size() == 2);
    return;
  }
  fixture.time.run_for(400s - fixture.time.elapsed());
  CHECK(fixture.transport.times().back() == 400s);
}

TEST_CASE("a schedule fires once for each of its times, whenever it is restarted", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  for (int i = 0; i < 60; ++i) {
    fixture.crash();
    fixture.time.run_for(5s);
  }
  CHECK(fixture.transport.times() == std::vector<Duration>{40s, 100s, 160s, 220s, 280s});
}

TEST_CASE("a schedule tells how its last message is getting on", "[actors]") {
  Fixture fixture;
  fixture.answer_with(200, 10s);
  fixture.create("m");
  fixture.time.run_for(41s);
  CHECK(fixture.states("m") == States{ScheduleRunState::in_progress});
  SECTION("until it is delivered") {
    fixture.time.run_for(15s);
    CHECK(fixture.states("m") == States{ScheduleRunState::success});
  }
  SECTION("until it has failed") {
    fixture.answer_with(500);
    fixture.time.run_for(60s);
    CHECK(fixture.states("m") == States{ScheduleRunState::fail});
  }
  SECTION("until it is cancelled") {
    auto spec = fixture.spec("m");
    spec.request.delay = 30s;
    fixture.create(spec);
    fixture.time.run_for(60s);
    REQUIRE(fixture.cancel(fixture.find("m")->last_runs.at(0).message));
    CHECK(fixture.states("m") == States{ScheduleRunState::fail});
  }
  SECTION("and longer than the message is kept") {
    fixture.create("m", "0 0 * * *");
    fixture.time.run_for(15min);
    CHECK_FALSE(fixture.message(fixture.find("m")->last_runs.at(0).message));
    CHECK(fixture.states("m") == States{ScheduleRunState::success});
  }
}

TEST_CASE("a schedule that cannot publish says why, and goes on", "[actors]") {
  SchedulerOptions options;
  options.max_queues = 1;
  Fixture fixture(options);
  auto spec = fixture.spec("m");
  spec.request.queue = QueueName{"new"};
  fixture.create(spec);
  REQUIRE(fixture.ask(to_scheduler::SetQueue{{"other"}, {}, {}, {}}, &to_scheduler::SetQueue::reply));
  fixture.time.run_for(41s);
  CHECK(fixture.sent() == "");
  CHECK(fixture.find("m")->error == "there may be no more than 1 queues");
  CHECK(fixture.find("m")->last_time == wall0 + 40s);
  CHECK(fixture.find("m")->last_runs.empty());
  REQUIRE(fixture.ask(to_scheduler::DeleteQueue{{"other"}, {}, {}}, &to_scheduler::DeleteQueue::reply));
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "m@100.0");
  CHECK(fixture.find("m")->error == "");
}

TEST_CASE("a schedule publishes to a URL group as it is at the firing", "[actors]") {
  Fixture fixture;
  auto spec = fixture.spec("m");
  spec.request.destination = UrlGroupDestination{{"group"}};
  auto add = [&](const std::string& name) {
    REQUIRE(fixture.ask(to_scheduler::AddEndpoints{{"group"}, {{"http://destination.test/" + name, name}}, {}, {}},
                        &to_scheduler::AddEndpoints::reply));
  };
  CHECK(fixture.try_create(spec).error().message == "URL Group group not found");
  add("a");
  fixture.create(spec);
  REQUIRE(fixture.ask(to_scheduler::DeleteUrlGroup{{"group"}, {}, {}}, &to_scheduler::DeleteUrlGroup::reply));
  fixture.time.run_for(41s);
  CHECK(fixture.find("m")->error == "URL Group group not found");
  add("a");
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "a@100.0");
  CHECK(fixture.find("m")->error == "");
  add("b");
  fixture.answer_with(500);
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "a@100.0 a@160.0 b@160.0");
  CHECK(fixture.states("m") == States{ScheduleRunState::fail, ScheduleRunState::fail});
  CHECK(fixture.transport.sent.back().header("Upstash-Topic-Name") == "group");
  CHECK(fixture.transport.sent.back().header("Upstash-Schedule-Id") == "m");
}

TEST_CASE("a schedule that has no room for all endpoints of its group publishes to none", "[actors]") {
  SchedulerOptions options;
  options.max_queues = 0;
  Fixture fixture(options);
  for (auto name : {"a", "b"})
    REQUIRE(fixture.ask(
        to_scheduler::AddEndpoints{{"group"}, {{std::string("http://destination.test/") + name, name}}, {}, {}},
        &to_scheduler::AddEndpoints::reply));
  auto spec = fixture.spec("m");
  spec.request.destination = UrlGroupDestination{{"group"}};
  spec.request.queue = QueueName{"q"};
  fixture.create(spec);
  fixture.time.run_for(41s);
  CHECK(fixture.sent() == "");
  CHECK(fixture.find("m")->last_runs.empty());
  CHECK(fixture.find("m")->error == "there may be no more than 0 queues");
}

TEST_CASE("a callback tells of which schedule the message was, and is none of its messages", "[actors]") {
  Fixture fixture;
  auto spec = fixture.spec("m");
  spec.request.callback = std::make_shared<const Callback>(Callback{"http://destination.test/callback"});
  fixture.create(spec);
  fixture.time.run_for(41s);
  REQUIRE(fixture.sent() == "m@40.0 callback@40.0");
  const auto& callback = fixture.transport.sent.back();
  CHECK(callback.request.body.view().find(R"("scheduleId":"m")") != std::string_view::npos);
  CHECK(callback.header("Upstash-Schedule-Id") == "");
  CHECK(fixture.find("m")->last_runs.size() == 1);
}

TEST_CASE("what operators do with schedules is in the audit log", "[actors]") {
  Fixture fixture;
  Operator alice{"alice", "192.0.2.1"};
  REQUIRE(
      fixture.ask(to_scheduler::CreateSchedule{fixture.spec("m"), alice, {}}, &to_scheduler::CreateSchedule::reply));
  REQUIRE(fixture.pause("m"));
  REQUIRE(fixture.resume("m"));
  REQUIRE(fixture.remove("m"));
  std::string actions;
  for (const auto& entry : fixture.store.audit({}))
    actions += entry.action + ' ' + entry.subject + ' ' + entry.detail + ';';
  CHECK(actions == "deleteSchedule m ;resumeSchedule m ;pauseSchedule m ;createSchedule m cron=* * * * *;");
  CHECK(fixture.store.audit({}).back().by.name == "alice");
}

TEST_CASE("a schedule whose time zone is gone says so and waits to be replaced", "[actors]") {
  Fixture fixture;
  auto spec = std::make_shared<ScheduleSpec>(fixture.spec("m", "TZ=Gone/Away * * * * *"));
  fixture.store.commit({PutSchedule{spec, wall0, wall0 + 40s}}, {fixture.store.opening().generation}, [](auto) {});
  fixture.time.run_for(200s);
  CHECK(fixture.sent() == "");
  CHECK(fixture.find("m")->error.find("Gone/Away") != std::string::npos);
  CHECK_FALSE(fixture.find("m")->next_time);
  REQUIRE(fixture.pause("m"));
  CHECK_FALSE(fixture.find("m")->next_time);
  REQUIRE(fixture.resume("m"));
  fixture.create("m");
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "m@220.0");
  CHECK(fixture.find("m")->error == "");
}

TEST_CASE("schedules notice within a second that the wall clock was set forward", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  fixture.time.run_for(10'500ms);
  fixture.time.shift_wall(35s);
  fixture.time.run_for(1s);
  CHECK(fixture.sent() == "m@11.0");
  CHECK(fixture.find("m")->last_time == wall0 + 40s);
}

TEST_CASE("a schedule fires no time twice because the wall clock was set back", "[actors]") {
  Fixture fixture;
  fixture.create("m");
  fixture.time.run_for(50s);
  fixture.time.shift_wall(-30s);
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "m@40.0");
  fixture.time.run_for(30s);
  CHECK(fixture.sent() == "m@40.0 m@130.0");
}

TEST_CASE("many schedules of one minute all fire, and wait behind one timer", "[actors]") {
  Fixture fixture;
  fixture.create("first");
  auto timers = fixture.time.pending_timers();
  for (int number = 0; number < 300; ++number)
    fixture.create("m" + std::to_string(number));
  CHECK(fixture.time.pending_timers() == timers);
  fixture.time.run_for(41s);
  CHECK(fixture.transport.sent.size() == 301);
  fixture.time.run_for(60s);
  CHECK(fixture.transport.sent.size() == 602);
  CHECK(fixture.transport.times().back() == 100s);
  fixture.time.run_for(5s);
  CHECK(fixture.time.pending_timers() == timers);
}

TEST_CASE("nothing is published by a scheduler that stops", "[actors]") {
  Fixture fixture;
  fixture.answer_with(200, 1h);
  fixture.publish(fixture.request("holds"));
  fixture.create("m");
  anon_tell(fixture.actor, to_scheduler::Stop{60s, [] {}});
  fixture.time.run_for(55s);
  CHECK(fixture.sent() == "holds@0.0");
}

TEST_CASE("messages are selected by their schedule, also in the DLQ and when they come from there", "[actors]") {
  Fixture fixture;
  fixture.answer_with(500);
  fixture.create("m");
  fixture.publish(fixture.request("other"));
  fixture.time.run_for(41s);
  REQUIRE(fixture.dlq().size() == 2);
  LogQuery log;
  log.filter.schedules = {"m"};
  CHECK(fixture.log().size() == 8);
  CHECK(fixture.log(log).size() == 4);
  DlqQuery query;
  query.filter.schedules = {"m"};
  auto found = fixture.ask(to_scheduler::ListDlq{query, {}}, &to_scheduler::ListDlq::reply).value().entries;
  REQUIRE(found.size() == 1);
  DlqBulk bulk;
  bulk.filter = query.filter;
  auto retried = fixture.ask(to_scheduler::RetryDlq{bulk, {}, {}, {}}, &to_scheduler::RetryDlq::reply).value();
  REQUIRE(retried.messages.size() == 1);
  CHECK(fixture.message(retried.messages[0].id)->message->request.schedule == ScheduleId{"m"});
  CHECK(fixture.transport.sent.back().header("Upstash-Schedule-Id") == "m");
  auto delayed = fixture.spec("m");
  delayed.request.delay = 1h;
  fixture.create(delayed);
  auto stays = fixture.request("stays");
  stays.delay = 1h;
  auto other = fixture.publish(stays);
  fixture.time.run_for(60s);
  CancelFilter filter;
  filter.schedules = {"m"};
  auto cancelled = fixture.ask(to_scheduler::CancelAll{filter, {}, {}}, &to_scheduler::CancelAll::reply).value();
  CHECK(cancelled == 1);
  CHECK(fixture.state(other) == MessageState::delayed);
}
