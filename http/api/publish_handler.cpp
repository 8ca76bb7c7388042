#include "http/api/destination.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json.hpp"
#include "http/api/publish_headers.hpp"

namespace sluice::http {

void publish(Call call) {
  auto url = read_destination(call.target, call.route.argument);
  if (!url)
    return call.respond(error_response(url.error()));
  auto message = read_publish_headers(call.request.headers, call.target.query);
  if (!message)
    return call.respond(error_response(message.error()));
  message->destination = UrlDestination{*url};
  message->body = Body(std::move(call.request.body));
  message->caller_ip = call.request.remote_address;
  call.scheduler.publish(
      std::move(*message), [respond = std::move(call.respond), url = std::move(*url)](Result<Published> published) {
        respond(published ? ApiResponse{.body = publish_json(published->id, url)} : error_response(published.error()));
      });
}

} // namespace sluice::http
