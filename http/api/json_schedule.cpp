#include "http/api/json_schedule.hpp"

#include "http/api/json_writing.hpp"

namespace sluice::http {

namespace {

std::string_view to_string(ScheduleRunState state) {
  switch (state) {
  case ScheduleRunState::in_progress:
    return "IN_PROGRESS";
  case ScheduleRunState::success:
    return "SUCCESS";
  case ScheduleRunState::fail:
    break;
  }
  return "FAIL";
}

const std::string& text_of(const Destination& destination) {
  const auto* group = std::get_if<UrlGroupDestination>(&destination);
  return group ? group->name.text : std::get<UrlDestination>(destination).url;
}

std::int64_t milliseconds_of(WallTime time) { return time.time_since_epoch().count(); }

// What is shorter than a second must not look like nothing.
std::int64_t seconds_of(Duration duration) { return std::chrono::ceil<std::chrono::seconds>(duration).count(); }

void put_times(Json& json, const PublishRequest& request) {
  if (request.delay > Duration{0})
    json["delay"] = seconds_of(request.delay);
  if (request.timeout)
    json["timeout"] = seconds_of(*request.timeout);
}

void put_runs(Json& json, const Schedule& schedule) {
  if (schedule.last_time)
    json["lastScheduleTime"] = milliseconds_of(*schedule.last_time);
  if (schedule.next_time)
    json["nextScheduleTime"] = milliseconds_of(*schedule.next_time);
  for (const auto& run : schedule.last_runs)
    json["lastScheduleStates"][run.message.text()] = to_string(run.state);
  if (!schedule.error.empty())
    json["error"] = schedule.error;
}

} // namespace

std::string schedule_created_json(const ScheduleId& id) { return dump(Json::object({{"scheduleId", id.text}})); }

PendingText schedule_json(const Schedule& schedule) {
  const auto& spec = *schedule.spec;
  const auto& request = spec.request;
  ObjectText out;
  out.add({
      {"scheduleId", spec.id->text},
      {"cron", spec.cron},
      {"createdAt", milliseconds_of(schedule.created_at)},
      {"destination", text_of(request.destination)},
      {"method", sluice::to_string(request.method)},
      {"isPaused", schedule.is_paused},
      {"retries", request.retries},
      {"callerIP", request.caller_ip},
  });
  add_optional_parts(out, request);
  auto rest = Json::object();
  put_times(rest, request);
  put_runs(rest, schedule);
  out.add(rest);
  return std::move(out).text();
}

} // namespace sluice::http
