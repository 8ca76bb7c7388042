#include "http/api/audit.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_queue.hpp"
#include "http/api/queue_name.hpp"

namespace sluice::http {

namespace {

std::vector<LogField> arguments_of(const QueueSettings& settings) {
  std::vector<LogField> fields;
  if (settings.parallelism)
    fields.push_back({"parallelism", std::to_string(*settings.parallelism)});
  if (settings.paused)
    fields.push_back({"paused", *settings.paused ? "true" : "false"});
  return fields;
}

Respond audited_queue(Call& call, std::string action, const QueueName& name, std::vector<LogField> arguments = {}) {
  arguments.insert(arguments.begin(), {"queue", name.text});
  return audited(std::move(call.respond), call.options.log, {std::move(action), {}, std::move(arguments)}, call.by);
}

void change(Call& call, QueueName name, QueueSettings settings) {
  auto respond = audited_queue(call, "setQueue", name, arguments_of(settings));
  auto answer = [respond = std::move(respond)](Result<void> done) {
    respond(done ? ApiResponse{} : error_response(done.error()));
  };
  call.scheduler.set_queue(std::move(name), settings, std::move(call.by), std::move(answer));
}

void set_paused(Call call, bool paused) {
  auto name = read_encoded_queue_name(call.route.argument);
  if (!name)
    return call.respond(error_response(name.error()));
  change(call, std::move(*name), {.paused = paused});
}

} // namespace

void set_queue(Call call) {
  auto wanted = read_queue_json(call.request.body);
  if (!wanted)
    return call.respond(error_response(wanted.error()));
  change(call, std::move(wanted->name), wanted->settings);
}

void list_queues(Call call) {
  call.scheduler.queues([respond = std::move(call.respond)](Result<std::vector<QueueInfo>> infos) {
    respond(infos ? ApiResponse{.body = queues_json(*infos)} : error_response(infos.error()));
  });
}

void get_queue(Call call) {
  auto name = read_encoded_queue_name(call.route.argument);
  if (!name)
    return call.respond(error_response(name.error()));
  call.scheduler.queue(std::move(*name), [respond = std::move(call.respond)](Result<QueueInfo> info) {
    respond(info ? ApiResponse{.body = queue_json(*info)} : error_response(info.error()));
  });
}

void delete_queue(Call call) {
  auto name = read_encoded_queue_name(call.route.argument);
  if (!name)
    return call.respond(error_response(name.error()));
  auto respond = audited_queue(call, "deleteQueue", *name);
  call.scheduler.delete_queue(std::move(*name), std::move(call.by), [respond = std::move(respond)](Result<void> done) {
    respond(done ? ApiResponse{} : error_response(done.error()));
  });
}

void pause_queue(Call call) { set_paused(std::move(call), true); }

void resume_queue(Call call) { set_paused(std::move(call), false); }

} // namespace sluice::http
