#include "http/api/publication.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"
#include "actors/core/text.hpp"
#include "http/api/destination.hpp"
#include "http/api/publish_headers.hpp"
#include "http/api/queue_name.hpp"
#include "http/api/schedule_headers.hpp"

namespace sluice::http {

namespace {

std::vector<HeaderView> views_of(const Headers& headers) {
  std::vector<HeaderView> views;
  for (const auto& header : headers)
    views.push_back({header.name, header.value});
  return views;
}

// What came as JSON has not been through a parser of HTTP.
Result<void> check(const Headers& headers) {
  for (const auto& header : headers)
    if (!core::is_token(header.name) || !core::is_field_value(header.value))
      return invalid("headers",
                     "headers has " + core::quoted(header.name) + ", whose name or value no header may have");
  return {};
}

const Headers& defaults_of(const Destination& destination, const UrlGroupDefaults& known) {
  static const Headers none;
  const auto* group = std::get_if<UrlGroupDestination>(&destination);
  auto found = group ? known.find(group->name) : known.end();
  return found == known.end() ? none : found->second;
}

void complete(PublishRequest& request, Publication publication) {
  request.destination = std::move(publication.destination);
  request.body = std::move(publication.body);
  request.caller_ip = std::move(publication.caller_ip);
  request.hops = std::max(request.hops, publication.hops);
  if (publication.queue)
    request.queue = std::move(publication.queue);
}

} // namespace

Publication make_publication(Destination destination, ApiRequest& request, std::string_view query) {
  Publication publication{std::move(destination),        {}, std::string(query),
                          Body(std::move(request.body)), {}, std::string(request.remote_address)};
  for (const auto& header : request.headers)
    publication.headers.push_back({std::string(header.name), std::string(header.value)});
  return publication;
}

Result<PublishRequest> read_publication(Publication publication, const UrlGroupDefaults& defaults) {
  auto request = read_publish_headers(views_of(publication.headers), publication.query,
                                      views_of(defaults_of(publication.destination, defaults)));
  if (request)
    complete(*request, std::move(publication));
  return request;
}

Result<ScheduleSpec> read_scheduled(Publication publication, const UrlGroupDefaults& defaults) {
  auto spec = read_schedule_headers(views_of(publication.headers), publication.query,
                                    views_of(defaults_of(publication.destination, defaults)));
  if (spec)
    complete(spec->request, std::move(publication));
  return spec;
}

Result<Publication> read_batch_item(BatchItem item, std::string_view caller_ip, int hops) {
  auto destination = read_literal_destination(item.destination);
  if (!destination)
    return destination.error();
  if (auto valid = check(item.headers); !valid)
    return valid.error();
  Publication publication{*std::move(destination),
                          std::move(item.headers),
                          {},
                          Body(std::move(item.body)),
                          {},
                          std::string(caller_ip),
                          hops};
  if (item.queue.empty())
    return publication;
  auto queue = read_queue_name(item.queue, "queue");
  if (!queue)
    return queue.error();
  publication.queue = *std::move(queue);
  return publication;
}

} // namespace sluice::http
