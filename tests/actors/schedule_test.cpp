// What schedules publish, and what operators do with them and see of them.
#include "tests/support/schedule_fixture.hpp"

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

using States = std::vector<ScheduleRunState>;

TEST_CASE("what a schedule publishes is what it was given, and names it", "[actors]") {
  ScheduleFixture fixture;
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
  ScheduleFixture fixture;
  fixture.publish(fixture.request("m"));
  CHECK(fixture.transport.sent.front().header("Upstash-Schedule-Id") == "");
}

TEST_CASE("a schedule without an id gets a random one", "[actors]") {
  ScheduleFixture fixture;
  auto spec = fixture.spec("m");
  spec.id.reset();
  auto first = fixture.try_create(spec).value();
  auto second = fixture.try_create(spec).value();
  CHECK(first != second);
  CHECK(first.text.starts_with("scd_"));
  CHECK(first.text.size() == 32);
}

TEST_CASE("a schedule publishes the same again, whatever its deduplication", "[actors]") {
  ScheduleFixture fixture;
  auto spec = fixture.spec("m");
  spec.request.deduplication = DeduplicationId{"same"};
  fixture.create(spec);
  fixture.time.run_for(120s);
  CHECK(fixture.sent() == "m@40.0 m@100.0");
}

TEST_CASE("a schedule with the same id takes the place of the old one", "[actors]") {
  ScheduleFixture fixture;
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
  ScheduleFixture fixture;
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
  ScheduleFixture fixture;
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
  ScheduleFixture fixture(options);
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
  ScheduleFixture fixture(options);
  fixture.create("a");
  fixture.create("b");
  auto refused = fixture.try_create(fixture.spec("c"));
  CHECK(refused.error().code == ErrorCode::too_many);
  CHECK(refused.error().message == "there may be no more than 2 schedules");
  fixture.create("b", "@daily");
  REQUIRE(fixture.remove("a"));
  fixture.create("c");
}

TEST_CASE("a schedule tells how its last message is getting on", "[actors]") {
  ScheduleFixture fixture;
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
  ScheduleFixture fixture(options);
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
  ScheduleFixture fixture;
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
  ScheduleFixture fixture(options);
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
  ScheduleFixture fixture;
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
  ScheduleFixture fixture;
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

TEST_CASE("messages are selected by their schedule, also in the DLQ and when they come from there", "[actors]") {
  ScheduleFixture fixture;
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
