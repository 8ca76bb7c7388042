#include "actors/core/filters.hpp"

#include <algorithm>
#include <string_view>

#include "actors/core/characters.hpp"
#include "actors/core/message_fields.hpp"

namespace sluice {

namespace {

// An empty list selects everything.
template <class T, class Value>
bool selects(const std::vector<T>& list, const Value& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

std::string_view queue_of(const PublishRequest& request) {
  return request.queue ? std::string_view(request.queue->text) : std::string_view{};
}

std::string_view key_of(const PublishRequest& request) {
  return request.flow_control ? std::string_view(request.flow_control->key.text) : std::string_view{};
}

bool selects_label(const std::vector<std::string>& wanted, const std::vector<std::string>& labels) {
  return wanted.empty() ||
         std::find_first_of(labels.begin(), labels.end(), wanted.begin(), wanted.end()) != labels.end();
}

bool matches_fields(const MessageFilter& filter, const PublishRequest& request) {
  const auto& destination = std::get<UrlDestination>(request.destination);
  return !filter.none && selects(filter.urls, destination.url) && selects(filter.url_groups, destination.url_group) &&
         selects(filter.queues, queue_of(request)) && selects(filter.flow_control_keys, key_of(request)) &&
         selects_label(filter.labels, request.labels) && selects(filter.caller_ips, request.caller_ip);
}

bool selects_host(const std::vector<std::string>& wanted, const core::Url& url) {
  auto bare = core::host_text(url);
  auto with_port = bare + ":" + std::to_string(url.port);
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const std::string& text) {
           return core::equals_ignoring_case(text, bare) || core::equals_ignoring_case(text, with_port);
         });
}

bool matches_parts(const MessageFilter& filter, const PublishRequest& request) {
  if (filter.hosts.empty() && filter.paths.empty())
    return true;
  auto url = core::parse_url(std::get<UrlDestination>(request.destination).url);
  return url && selects_host(filter.hosts, *url) && selects(filter.paths, core::path_of(*url));
}

} // namespace

bool core::matches(const MessageFilter& filter, const Message& message) {
  return matches_fields(filter, message.request) && matches_parts(filter, message.request);
}

bool core::matches_time(const MessageFilter& filter, WallTime time) {
  return (!filter.from || time >= *filter.from) && (!filter.to || time <= *filter.to);
}

bool matches(const DlqFilter& filter, const DlqEntry& entry) {
  return core::matches(filter, *entry.message) &&
         core::matches_time(filter, WallTime{std::chrono::milliseconds{entry.id.failed_ms}}) &&
         selects(filter.ids, entry.id) && selects(filter.message_ids, entry.message->id.text()) &&
         selects(filter.response_statuses, entry.response_status);
}

} // namespace sluice
