// When schedules fire, and when they do not.
#include "tests/support/schedule_fixture.hpp"

using namespace std::chrono_literals;
using namespace sluice;
using namespace sluice::test;

TEST_CASE("a schedule fires exactly at its minutes", "[actors]") {
  ScheduleFixture fixture;
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
  ScheduleFixture fixture;
  fixture.create("m", "CRON_TZ=Europe/Berlin 15 23 * * *");
  fixture.time.run_for(24h);
  CHECK(fixture.transport.times() == std::vector<Duration>{100s});
}

TEST_CASE("an interval counts from the creation of its schedule", "[actors]") {
  ScheduleFixture fixture;
  fixture.time.run_for(5s);
  fixture.create("m", "@every 90s");
  fixture.time.run_for(200s);
  CHECK(fixture.sent() == "m@95.0 m@185.0");
}

TEST_CASE("a paused schedule fires nothing while its next time goes on", "[actors]") {
  ScheduleFixture fixture;
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
  ScheduleFixture fixture;
  fixture.create("m");
  fixture.time.run_for(39s);
  REQUIRE(fixture.resume("m"));
  fixture.time.run_for(2s);
  CHECK(fixture.sent() == "m@40.0");
}

TEST_CASE("a schedule makes up for one firing within the grace", "[actors]") {
  ScheduleFixture fixture;
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
  ScheduleFixture fixture;
  fixture.create("m");
  for (int i = 0; i < 60; ++i) {
    fixture.crash();
    fixture.time.run_for(5s);
  }
  CHECK(fixture.transport.times() == std::vector<Duration>{40s, 100s, 160s, 220s, 280s});
}

TEST_CASE("a schedule whose time zone is gone says so and waits to be replaced", "[actors]") {
  ScheduleFixture fixture;
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
  ScheduleFixture fixture;
  fixture.create("m");
  fixture.time.run_for(10'500ms);
  fixture.time.shift_wall(35s);
  fixture.time.run_for(1s);
  CHECK(fixture.sent() == "m@11.0");
  CHECK(fixture.find("m")->last_time == wall0 + 40s);
}

TEST_CASE("a schedule fires no time twice because the wall clock was set back", "[actors]") {
  ScheduleFixture fixture;
  fixture.create("m");
  fixture.time.run_for(50s);
  fixture.time.shift_wall(-30s);
  fixture.time.run_for(60s);
  CHECK(fixture.sent() == "m@40.0");
  fixture.time.run_for(30s);
  CHECK(fixture.sent() == "m@40.0 m@130.0");
}

TEST_CASE("many schedules of one minute all fire, and wait behind one timer", "[actors]") {
  ScheduleFixture fixture;
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
  ScheduleFixture fixture;
  fixture.answer_with(200, 1h);
  fixture.publish(fixture.request("holds"));
  fixture.create("m");
  anon_tell(fixture.actor, to_scheduler::Stop{60s, [] {}});
  fixture.time.run_for(55s);
  CHECK(fixture.sent() == "holds@0.0");
}
