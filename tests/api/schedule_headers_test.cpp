#include "http/api/schedule_headers.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;
using namespace std::chrono_literals;

TEST_CASE("A schedule has the settings of a publish, and when", "[api]") {
  auto spec = read_schedule_headers({{{"upstash-cron", "*/5 * * * *"},
                                      {"Upstash-Schedule-Id", "s"},
                                      {"Upstash-Retries", "7"},
                                      {"Upstash-Delay", "10s"},
                                      {"Upstash-Queue-Name", "q"},
                                      {"Content-Type", "application/json"},
                                      {"Upstash-Forward-X", "v"}}},
                                    "");
  REQUIRE(spec);
  CHECK(spec->cron == "*/5 * * * *");
  CHECK(spec->id == ScheduleId{"s"});
  CHECK(spec->request.retries == 7);
  CHECK(spec->request.delay == 10s);
  CHECK(spec->request.queue == QueueName{"q"});
  CHECK(spec->request.headers == Headers{{"Content-Type", "application/json"}, {"X", "v"}});
  CHECK_FALSE(spec->request.schedule);
}

TEST_CASE("A schedule may be told by the query, and a header beats it", "[api]") {
  auto spec = read_schedule_headers({}, "upstash-cron=CRON_TZ%3DEurope%2FBerlin+0+9+*+*+*&upstash-schedule-id=s");
  REQUIRE(spec);
  CHECK(spec->cron == "CRON_TZ=Europe/Berlin 0 9 * * *");
  CHECK(spec->id == ScheduleId{"s"});
  CHECK(read_schedule_headers({{{"Upstash-Cron", "@daily"}}}, "upstash-cron=@hourly")->cron == "@daily");
}

TEST_CASE("A schedule without an id or a cron expression is left to the scheduler", "[api]") {
  auto spec = read_schedule_headers({{{"Upstash-Schedule-Id", ""}}}, "");
  REQUIRE(spec);
  CHECK_FALSE(spec->id);
  CHECK(spec->cron == "");
}

TEST_CASE("A schedule refuses a bad setting by its name", "[api]") {
  auto spec = read_schedule_headers({{{"Upstash-Cron", "@daily"}, {"Upstash-Delay", "soon"}}}, "");
  REQUIRE_FALSE(spec);
  CHECK(spec.error().field == "Upstash-Delay");
}

TEST_CASE("A publish asks for a schedule by a cron expression, wherever it stands", "[api]") {
  CHECK(asks_for_schedule({{{"UPSTASH-CRON", "x"}}}, ""));
  CHECK(asks_for_schedule({}, "a=b&Upstash-Cron=x"));
  CHECK(asks_for_schedule({}, "upstash%2Dcron=x"));
  CHECK_FALSE(asks_for_schedule({{{"Upstash-Cron", ""}}}, "upstash-cron=x"));
  CHECK_FALSE(asks_for_schedule({{{"Upstash-Schedule-Id", "s"}}}, "upstash-cron="));
  CHECK_FALSE(asks_for_schedule({}, "cron=x&%zz=y"));
}
