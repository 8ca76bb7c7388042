#include "http/api/json_schedule.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;
using namespace std::chrono_literals;

namespace {

ScheduleSpec spec() {
  ScheduleSpec spec;
  spec.id = ScheduleId{"s"};
  spec.cron = "*/5 * * * *";
  spec.request.destination = UrlDestination{"https://a/"};
  return spec;
}

Schedule schedule_of(ScheduleSpec spec) {
  Schedule schedule;
  schedule.spec = std::make_shared<const ScheduleSpec>(std::move(spec));
  schedule.created_at = WallTime{1000ms};
  return schedule;
}

} // namespace

TEST_CASE("A schedule leaves out what is not set", "[api]") {
  CHECK(written(schedule_json(schedule_of(spec()))) ==
        R"({"scheduleId":"s","cron":"*/5 * * * *","createdAt":1000,"destination":"https://a/","method":"POST",)"
        R"("isPaused":false,"retries":3,"callerIP":""})");
}

TEST_CASE("A schedule tells everything that is set, times in seconds", "[api]") {
  auto whole = spec();
  auto& request = whole.request;
  request.method = Method::put;
  request.headers = {{"content-type", "application/json"}, {"test-header", "v"}};
  request.body = Body("text");
  request.retries = 0;
  request.retry_delay = "1000";
  request.delay = 10s;
  request.timeout = 1500ms;
  request.flow_control = FlowControl{{"k"}, {2, 3, 60s}};
  request.queue = QueueName{"q"};
  request.labels = {"x", "y"};
  request.caller_ip = "192.0.2.1";
  auto schedule = schedule_of(whole);
  schedule.is_paused = true;
  schedule.last_time = WallTime{2000ms};
  schedule.next_time = WallTime{3000ms};
  schedule.last_runs = {
      {{1, 2}, ScheduleRunState::in_progress}, {{2, 2}, ScheduleRunState::success}, {{3, 2}, ScheduleRunState::fail}};
  schedule.error = "why";
  CHECK(written(schedule_json(schedule)) ==
        R"({"scheduleId":"s","cron":"*/5 * * * *","createdAt":1000,"destination":"https://a/","method":"PUT",)"
        R"("isPaused":true,"retries":0,"callerIP":"192.0.2.1",)"
        R"("header":{"Content-Type":["application/json"],"Test-Header":["v"]},"body":"text","queueName":"q",)"
        R"("label":"x","labels":["x","y"],"flowControlKey":"k","rate":3,"parallelism":2,"period":60,)"
        R"("retryDelayExpression":"1000","delay":10,"timeout":2,"lastScheduleTime":2000,"nextScheduleTime":3000,)"
        R"("lastScheduleStates":{")" +
            MessageId(1, 2).text() + R"(":"IN_PROGRESS",")" + MessageId(2, 2).text() + R"(":"SUCCESS",")" +
            MessageId(3, 2).text() + R"(":"FAIL"},"error":"why"})");
}

TEST_CASE("Who creates a schedule is told its id", "[api]") {
  CHECK(schedule_created_json({"s"}) == R"({"scheduleId":"s"})");
}
