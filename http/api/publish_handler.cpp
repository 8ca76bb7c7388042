#include <algorithm>

#include "http/api/destination.hpp"
#include "http/api/errors.hpp"
#include "http/api/handlers.hpp"
#include "http/api/json.hpp"
#include "http/api/json_batch.hpp"
#include "http/api/publication.hpp"
#include "http/api/publish_headers.hpp"
#include "http/api/queue_name.hpp"
#include "http/api/schedule_headers.hpp"

namespace sluice::http {

namespace {

// --- one message -------------------------------------------------------------

void submit(Call& call, PublishRequest message) {
  auto answer = [respond = std::move(call.respond)](Result<Published> published) {
    if (!published)
      return respond(error_response(published.error()));
    respond({.status = published->deduplicated ? 202 : 200, .body = publish_json(*published)});
  };
  call.scheduler.publish(std::move(message), std::move(answer));
}

// --- several -----------------------------------------------------------------

/// The publishes of one call, on their way to the scheduler.
struct Publishing {
  Scheduler& scheduler;
  std::vector<Result<Publication>> publications;
  std::function<void(std::vector<BatchElement>)> done;
};

// The scheduler answers for what could be read, in order; the rest keeps its own error.
void finish(const Publishing& publishing, std::vector<BatchElement> elements, std::vector<BatchAnswer> answers) {
  auto next = answers.begin();
  for (auto& element : elements) {
    if (element.answer)
      element.answer = std::move(*next++);
    if (!element.answer)
      element.answer = unknown_destination(element.answer.error(), element.url_group);
  }
  publishing.done(std::move(elements));
}

void submit(const std::shared_ptr<Publishing>& publishing, const UrlGroupDefaults& defaults) {
  std::vector<BatchElement> elements;
  std::vector<PublishRequest> requests;
  elements.reserve(publishing->publications.size());
  requests.reserve(publishing->publications.size());
  for (auto& publication : publishing->publications) {
    const auto* group = publication ? publication->url_group() : nullptr;
    auto url_group = group ? group->text : std::string{};
    auto request = publication ? read_publication(*std::move(publication), defaults) : publication.error();
    elements.push_back({request ? BatchAnswer(std::vector<Published>{}) : request.error(), std::move(url_group)});
    if (request)
      requests.push_back(*std::move(request));
  }
  auto answer = [publishing, elements = std::move(elements)](Result<std::vector<BatchAnswer>> answers) mutable {
    if (!answers)
      answers = std::vector<BatchAnswer>(elements.size(), answers.error());
    finish(*publishing, std::move(elements), *std::move(answers));
  };
  publishing->scheduler.publish_batch(std::move(requests), std::move(answer));
}

void begin(Publishing all) {
  auto publishing = std::make_shared<Publishing>(std::move(all));
  std::vector<UrlGroupName> groups;
  for (const auto& publication : publishing->publications)
    if (const auto* group = publication ? publication->url_group() : nullptr)
      groups.push_back(*group);
  if (groups.empty())
    return submit(publishing, {});
  publishing->scheduler.url_group_defaults(std::move(groups), [publishing](Result<UrlGroupDefaults> defaults) {
    submit(publishing, defaults ? *std::move(defaults) : UrlGroupDefaults{});
  });
}

ApiResponse group_response(const BatchAnswer& answer) {
  if (!answer)
    return error_response(answer.error());
  bool all_known = std::all_of(answer->begin(), answer->end(), [](const auto& each) { return each.deduplicated; });
  return {.status = all_known ? 202 : 200, .body = published_json(*answer)};
}

// A batch of which nothing was accepted has failed.
ApiResponse batch_response(const std::vector<BatchElement>& elements) {
  bool none = std::none_of(elements.begin(), elements.end(), [](const auto& each) { return each.answer.has_value(); });
  if (none && !elements.empty())
    return error_response(elements.front().answer.error());
  return {.body = batch_json(elements)};
}

void submit_to_group(Call& call, Destination group, std::optional<QueueName> queue) {
  auto publication = make_publication(std::move(group), call.request, call.target.query);
  publication.queue = std::move(queue);
  Publishing publishing{call.scheduler, {}, [respond = std::move(call.respond)](const auto& elements) {
                          respond(group_response(elements.front().answer));
                        }};
  publishing.publications.emplace_back(std::move(publication));
  begin(std::move(publishing));
}

// --- both --------------------------------------------------------------------

void publish_to(Call& call, std::string_view encoded, std::optional<QueueName> queue) {
  auto destination = read_destination(call.target, encoded);
  if (!destination)
    return call.respond(error_response(destination.error()));
  if (std::holds_alternative<UrlGroupDestination>(*destination))
    return submit_to_group(call, *std::move(destination), std::move(queue));
  auto message = read_publish_headers(call.request.headers, call.target.query);
  if (!message)
    return call.respond(error_response(message.error()));
  message->destination = *std::move(destination);
  message->body = Body(std::move(call.request.body));
  message->caller_ip = call.request.remote_address;
  if (queue)
    message->queue = std::move(queue);
  submit(call, *std::move(message));
}

} // namespace

void publish(Call call) {
  if (asks_for_schedule(call.request.headers, call.target.query))
    return create_schedule(std::move(call));
  publish_to(call, call.route.argument, {});
}

void enqueue(Call call) {
  auto path = call.route.argument;
  auto slash = std::min(path.find('/'), path.size());
  auto queue = read_encoded_queue_name(path.substr(0, slash));
  if (!queue)
    return call.respond(error_response(queue.error()));
  publish_to(call, path.substr(std::min(slash + 1, path.size())), *std::move(queue));
}

void publish_batch(Call call) {
  auto items = read_batch_json(std::move(call.request.body));
  if (!items)
    return call.respond(error_response(items.error()));
  auto hops = read_hops(call.request.headers);
  if (!hops)
    return call.respond(error_response(hops.error()));
  Publishing publishing{call.scheduler, {}, [respond = std::move(call.respond)](const auto& elements) {
                          respond(batch_response(elements));
                        }};
  publishing.publications.reserve(items->size());
  for (auto& item : *items)
    publishing.publications.push_back(read_batch_item(std::move(item), call.request.remote_address, *hops));
  begin(std::move(publishing));
}

} // namespace sluice::http
