#include "http/api/audit.hpp"
#include "http/api/cancel_selection.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json.hpp"
#include "http/api/sliced_list.hpp"

namespace sluice::http {

namespace {

constexpr std::string_view missing = "message not found";

} // namespace

void get_message(Call call) {
  auto id = MessageId::parse(call.route.argument);
  if (!id)
    return call.respond(error_response(404, missing));
  call.scheduler.message(*id,
                         [later = call.options.later, respond = std::move(call.respond)](Result<MessageInfo> info) {
                           // Clients ask until a message that they cancelled is gone.
                           if (info && info->state == MessageState::cancelled)
                             return respond(error_response(404, missing));
                           if (!info)
                             return respond(error_response(info.error()));
                           respond_with(later, respond, message_json(*info));
                         });
}

void cancel_message(Call call) {
  auto id = MessageId::parse(call.route.argument);
  if (!id)
    return call.respond(error_response(404, missing));
  auto respond = audited(std::move(call.respond), call.options.log, {"cancel", {}, {{"message", id->text()}}}, call.by);
  call.scheduler.cancel(*id, std::move(call.by), [respond = std::move(respond)](Result<void> done) {
    respond(done ? ApiResponse{.body = cancelled_json(1)} : error_response(done.error()));
  });
}

void cancel_messages(Call call) {
  auto filter = read_cancel(call.target.query, call.request.body);
  if (!filter)
    return call.respond(error_response(filter.error()));
  auto respond = audited(std::move(call.respond), call.options.log, {"cancelMany"}, call.by);
  auto answer = [respond = std::move(respond)](Result<std::size_t> cancelled) {
    respond(cancelled ? ApiResponse{.body = cancelled_json(*cancelled)} : error_response(cancelled.error()));
  };
  call.scheduler.cancel_all(std::move(*filter), std::move(call.by), std::move(answer));
}

} // namespace sluice::http
