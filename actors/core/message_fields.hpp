// The fields by which messages are selected, as texts: one list for who compares and who indexes.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "actors/core/characters.hpp"
#include "actors/core/url.hpp"
#include "sluice/message.hpp"
#include "sluice/message_filter.hpp"

namespace sluice::core {

enum class MessageField : std::uint8_t {
  url,
  host,
  path,
  queue,
  flow_control_key,
  label,
  caller_ip,
  url_group,
  schedule
};

inline std::string_view path_of(const UrlParts& url) {
  auto path = url.target.substr(0, url.target.find('?'));
  return path.empty() ? "/" : path;
}

/// Calls `visit(MessageField, std::string_view)` for each text that a filter could name. A host comes in lower case, with
/// its port and without it.
template <class Visit>
void visit_fields(const PublishRequest& request, Visit visit) {
  const auto& destination = std::get<UrlDestination>(request.destination);
  const auto& url = destination.url;
  visit(MessageField::url, std::string_view(url));
  if (auto parts = split_url(url)) {
    std::string host(parts->host);
    std::transform(host.begin(), host.end(), host.begin(), to_lower);
    visit(MessageField::host, std::string_view(host));
    host.append(1, ':').append(std::to_string(parts->port));
    visit(MessageField::host, std::string_view(host));
    visit(MessageField::path, path_of(*parts));
  }
  if (!destination.url_group.empty())
    visit(MessageField::url_group, std::string_view(destination.url_group));
  if (request.queue)
    visit(MessageField::queue, std::string_view(request.queue->text));
  if (request.schedule)
    visit(MessageField::schedule, std::string_view(request.schedule->text));
  if (request.flow_control)
    visit(MessageField::flow_control_key, std::string_view(request.flow_control->key.text));
  for (const auto& label : request.labels)
    visit(MessageField::label, std::string_view(label));
  visit(MessageField::caller_ip, std::string_view(request.caller_ip));
}

/// Calls `visit(MessageField, const std::vector<std::string>&)` for each part of `filter`, empty ones too.
template <class Visit>
void visit_parts(const MessageFilter& filter, Visit visit) {
  visit(MessageField::url, filter.urls);
  visit(MessageField::host, filter.hosts);
  visit(MessageField::path, filter.paths);
  visit(MessageField::url_group, filter.url_groups);
  visit(MessageField::queue, filter.queues);
  visit(MessageField::schedule, filter.schedules);
  visit(MessageField::flow_control_key, filter.flow_control_keys);
  visit(MessageField::label, filter.labels);
  visit(MessageField::caller_ip, filter.caller_ips);
}

} // namespace sluice::core
