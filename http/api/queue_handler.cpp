#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json_queue.hpp"
#include "http/api/queue_name.hpp"

namespace sluice::http {

namespace {

void change(Call& call, QueueName name, QueueSettings settings) {
  auto answer = [respond = std::move(call.respond)](Result<void> done) {
    respond(done ? ApiResponse{} : error_response(done.error()));
  };
  call.scheduler.set_queue(std::move(name), settings, std::move(answer));
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
  call.scheduler.delete_queue(std::move(*name), [respond = std::move(call.respond)](Result<void> done) {
    respond(done ? ApiResponse{} : error_response(done.error()));
  });
}

void pause_queue(Call call) { set_paused(std::move(call), true); }

void resume_queue(Call call) { set_paused(std::move(call), false); }

} // namespace sluice::http
