// A scheduler in virtual time that is asked for schedules. It is 22:13:20 when a test begins, so the next full minute comes
// after 40 seconds.
#pragma once

#include "tests/support/scheduler_fixture.hpp"

#include <catch2/catch.hpp>

namespace sluice::test {

class ScheduleFixture : public SchedulerFixture {
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
  void answer_with(int status, Duration latency = {}) {
    transport.answer = [=](const OutgoingRequest&) {
      return RecordingTransport::Answer{latency, Outcome{status, {}, {}, {}}};
    };
  }
};

} // namespace sluice::test
