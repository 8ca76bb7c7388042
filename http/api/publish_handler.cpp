#include <algorithm>

#include "http/api/destination.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json.hpp"
#include "http/api/publish_headers.hpp"
#include "http/api/queue_name.hpp"

namespace sluice::http {

namespace {

Result<PublishRequest> read_request(Call& call, std::string url) {
  auto message = read_publish_headers(call.request.headers, call.target.query);
  if (!message)
    return message;
  message->destination = UrlDestination{std::move(url)};
  message->body = Body(std::move(call.request.body));
  message->caller_ip = call.request.remote_address;
  return message;
}

void submit(Call& call, PublishRequest message) {
  auto url = std::get<UrlDestination>(message.destination).url;
  auto answer = [respond = std::move(call.respond), url = std::move(url)](Result<Published> published) {
    if (!published)
      return respond(error_response(published.error()));
    respond({.status = published->deduplicated ? 202 : 200, .body = publish_json(*published, url)});
  };
  call.scheduler.publish(std::move(message), std::move(answer));
}

Result<PublishRequest> read_message(Call& call, std::string_view destination) {
  auto url = read_destination(call.target, destination);
  return url ? read_request(call, std::move(*url)) : url.error();
}

} // namespace

void publish(Call call) {
  auto message = read_message(call, call.route.argument);
  if (!message)
    return call.respond(error_response(message.error()));
  submit(call, std::move(*message));
}

void enqueue(Call call) {
  auto path = call.route.argument;
  auto slash = std::min(path.find('/'), path.size());
  auto queue = read_encoded_queue_name(path.substr(0, slash));
  if (!queue)
    return call.respond(error_response(queue.error()));
  auto message = read_message(call, path.substr(std::min(slash + 1, path.size())));
  if (!message)
    return call.respond(error_response(message.error()));
  message->queue = std::move(*queue);
  submit(call, std::move(*message));
}

} // namespace sluice::http
