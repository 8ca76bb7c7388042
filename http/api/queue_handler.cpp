#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_queue.hpp"
#include "http/api/queue_name.hpp"

namespace sluice::http {

namespace {

Reply<void> answer_with_nothing(Respond respond) {
  return [respond = std::move(respond)](Result<void> done) {
    respond(done ? ApiResponse{} : error_response(done.error()));
  };
}

void change(Call call, QueueSettings settings) {
  auto name = read_encoded_queue_name(call.route.argument);
  if (!name)
    return call.respond(error_response(name.error()));
  call.scheduler.set_queue(std::move(*name), settings, answer_with_nothing(std::move(call.respond)));
}

} // namespace

void set_queue(Call call) {
  auto change = read_queue_json(call.request.body);
  if (!change)
    return call.respond(error_response(change.error()));
  call.scheduler.set_queue(std::move(change->name), change->settings, answer_with_nothing(std::move(call.respond)));
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
  call.scheduler.delete_queue(std::move(*name), answer_with_nothing(std::move(call.respond)));
}

void pause_queue(Call call) { change(std::move(call), {.paused = true}); }

void resume_queue(Call call) { change(std::move(call), {.paused = false}); }

} // namespace sluice::http
