#include "http/api/audit.hpp"
#include "http/api/destination.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_schedule.hpp"
#include "http/api/parameters.hpp"
#include "http/api/publication.hpp"
#include "http/api/sliced_list.hpp"

namespace sluice::http {

namespace {

Result<ScheduleQuery> read_query(std::string_view text) {
  auto parameters = read_parameters(text);
  if (!parameters)
    return parameters.error();
  ScheduleQuery query;
  for (auto& parameter : *parameters) {
    if (parameter.name == "after") {
      query.after.text = std::move(parameter.value);
    } else if (parameter.name == "limit") {
      auto limit = read_integer(parameter, 1, static_cast<std::int64_t>(ScheduleQuery{}.limit));
      if (!limit)
        return limit.error();
      query.limit = static_cast<std::size_t>(*limit);
    }
  }
  return query;
}

// What cannot be decoded is the id of no schedule.
ScheduleId id_of(const Call& call) { return {percent_decode(call.route.argument).value_or("")}; }

Action action_of(std::string name, const ScheduleId& id) { return {std::move(name), {}, {{"schedule", id.text}}}; }

// The answer to an action, which is logged.
Reply<void> answer(Call& call, std::string action, const ScheduleId& id) {
  auto respond = audited(std::move(call.respond), call.options.log, action_of(std::move(action), id), call.by);
  return [respond = std::move(respond)](Result<void> done) {
    respond(done ? ApiResponse{} : error_response(done.error()));
  };
}

std::string url_group_of(const PublishRequest& request) {
  const auto* group = std::get_if<UrlGroupDestination>(&request.destination);
  return group ? group->name.text : std::string{};
}

// An id that was not asked for is known only by then.
Reply<ScheduleId> answer_to_creation(Call& call, const ScheduleSpec& spec) {
  auto action = action_of("createSchedule", spec.id.value_or(ScheduleId{}));
  action.arguments.push_back({"cron", spec.cron});
  return [respond = std::move(call.respond), log = call.options.log, by = call.by, action = std::move(action),
          group = url_group_of(spec.request)](Result<ScheduleId> id) mutable {
    if (id)
      action.arguments.front().value = id->text;
    auto response =
        id ? ApiResponse{.body = schedule_created_json(*id)} : error_response(unknown_destination(id.error(), group));
    audited(std::move(respond), log, std::move(action), std::move(by))(std::move(response));
  };
}

void create(Call& call, Publication publication, const UrlGroupDefaults& defaults) {
  auto spec = read_scheduled(std::move(publication), defaults);
  if (!spec)
    return call.respond(error_response(spec.error()));
  auto reply = answer_to_creation(call, *spec);
  call.scheduler.create_schedule(*std::move(spec), std::move(call.by), std::move(reply));
}

} // namespace

void create_schedule(Call call) {
  auto destination = read_destination(call.target, call.route.argument);
  if (!destination)
    return call.respond(error_response(destination.error()));
  auto publication = make_publication(*std::move(destination), call.request, call.target.query);
  const auto* group = publication.url_group();
  if (!group)
    return create(call, std::move(publication), {});
  std::vector<UrlGroupName> names{*group};
  auto& scheduler = call.scheduler;
  auto waiting = std::make_shared<std::pair<Call, Publication>>(std::move(call), std::move(publication));
  scheduler.url_group_defaults(std::move(names), [waiting](Result<UrlGroupDefaults> defaults) {
    create(waiting->first, std::move(waiting->second), defaults ? *std::move(defaults) : UrlGroupDefaults{});
  });
}

void list_schedules(Call call) {
  auto query = read_query(call.target.query);
  if (!query)
    return call.respond(error_response(query.error()));
  auto answer = [later = call.options.later,
                 respond = std::move(call.respond)](Result<std::vector<Schedule>> schedules) mutable {
    if (!schedules)
      return respond(error_response(schedules.error()));
    respond_with_list(std::move(later), std::move(respond), *std::move(schedules), schedule_json);
  };
  call.scheduler.schedules(*std::move(query), std::move(answer));
}

void get_schedule(Call call) {
  call.scheduler.schedule(id_of(call),
                          [later = call.options.later, respond = std::move(call.respond)](Result<Schedule> schedule) {
                            if (!schedule)
                              return respond(error_response(schedule.error()));
                            respond_with(later, respond, schedule_json(*schedule));
                          });
}

void delete_schedule(Call call) {
  auto id = id_of(call);
  auto reply = answer(call, "deleteSchedule", id);
  call.scheduler.delete_schedule(std::move(id), std::move(call.by), std::move(reply));
}

void pause_schedule(Call call) {
  auto id = id_of(call);
  auto reply = answer(call, "pauseSchedule", id);
  call.scheduler.pause_schedule(std::move(id), std::move(call.by), std::move(reply));
}

void resume_schedule(Call call) {
  auto id = id_of(call);
  auto reply = answer(call, "resumeSchedule", id);
  call.scheduler.resume_schedule(std::move(id), std::move(call.by), std::move(reply));
}

} // namespace sluice::http
