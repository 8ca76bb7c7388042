#include "http/api/json_log.hpp"

#include <unordered_map>

#include "http/api/json_writing.hpp"

namespace sluice::http {

namespace {

std::string_view state_of(EventKind kind) {
  switch (kind) {
  case EventKind::created:
    return "CREATED";
  case EventKind::active:
    return "ACTIVE";
  case EventKind::retry:
    return "RETRY";
  case EventKind::error:
    return "ERROR";
  case EventKind::delivered:
    return "DELIVERED";
  case EventKind::failed:
    return "FAILED";
  case EventKind::cancel_requested:
    return "CANCEL_REQUESTED";
  case EventKind::cancelled:
    break;
  }
  return "CANCELED"; // With one L: the SDK for Python knows no other.
}

std::int64_t ms_of(WallTime time) { return time.time_since_epoch().count(); }

// Where documentation and SDKs spell a field in two ways, it is there in both. Bodies are base64 whatever they hold.
void add_event(ObjectText& out, const LogEntry& entry, std::size_t body_limit) {
  const auto& event = entry.event;
  auto json = Json::object();
  if (!event.error.empty())
    json["error"] = event.error;
  if (event.next_attempt != WallTime{})
    json["nextDeliveryTime"] = ms_of(event.next_attempt);
  if (event.status != 0)
    json["responseStatus"] = event.status;
  out.add(std::exchange(json, Json::object()));
  out.add_base64("responseBody", entry.response_body.view(), body_limit);
  if (!entry.response_headers.empty())
    json["responseHeader"] = json["responseHeaders"] = header_map(entry.response_headers);
  out.add(json);
}

void add_message(ObjectText& out, const PublishRequest& request, std::size_t body_limit) {
  Json json = {{"url", std::get<UrlDestination>(request.destination).url},
               {"method", to_string(request.method)},
               {"maxRetries", request.retries}};
  if (!request.headers.empty())
    json["header"] = header_map(request.headers);
  out.add(std::exchange(json, Json::object()));
  out.add_base64("body", request.body.view(), body_limit);
  if (request.timeout)
    json["timeout"] = std::chrono::duration_cast<std::chrono::milliseconds>(*request.timeout).count();
  put_settings(json, request, "Headers");
  if (request.retry_delay)
    json["retryDelayExpr"] = json["retryDelayExpression"] = *request.retry_delay;
  out.add(json);
}

std::string end_of_page(const std::optional<LogPosition>& cursor) {
  return cursor ? R"(,"cursor":")" + cursor->text() + "\"}" : "}";
}

void add_group(LongText& out, const std::vector<const GroupedEntry*>& group) {
  out.add(R"({"messageId":")" + group.front()->message.text() + R"(","events":[)");
  for (auto separator = ""; const auto* entry : group) {
    out.add(separator);
    out.add(entry->text);
    separator = ",";
  }
  out.add("]}");
}

} // namespace

std::string log_message_fields(const PublishRequest& request, std::size_t body_limit) {
  ObjectText out;
  add_message(out, request, body_limit);
  return out.fields();
}

std::string log_entry_begin(const LogEntry& entry, std::size_t body_limit) {
  // What every event has needs no escapes: a page may have a thousand.
  auto text = R"({"time":)" + std::to_string(ms_of(entry.event.time)) + R"(,"messageId":")" + entry.message->id.text();
  text.append(R"(","state":")").append(state_of(entry.event.kind)).append("\",");
  ObjectText more;
  add_event(more, entry, body_limit);
  if (!more.fields().empty())
    text.append(more.fields()) += ',';
  return text;
}

LongText log_json(const LongText& entries, const std::optional<LogPosition>& cursor) {
  LongText out(R"({"events":)");
  out.add(entries);
  out.add(R"(,"logs":)");
  out.add(entries);
  out.add(end_of_page(cursor));
  return out;
}

LongText grouped_log_json(const std::vector<GroupedEntry>& entries, const std::optional<LogPosition>& cursor) {
  std::vector<std::vector<const GroupedEntry*>> groups;
  std::unordered_map<MessageId, std::size_t> known;
  for (const auto& entry : entries) {
    auto [group, is_new] = known.emplace(entry.message, groups.size());
    if (is_new)
      groups.emplace_back();
    groups[group->second].push_back(&entry);
  }
  LongText out(R"({"messages":[)");
  for (auto separator = ""; const auto& group : groups) {
    out.add(separator);
    add_group(out, group);
    separator = ",";
  }
  out.add("]" + end_of_page(cursor));
  return out;
}

std::string audit_json(const std::vector<AuditEntry>& entries, bool has_more) {
  auto json = Json::object({{"entries", Json::array()}});
  for (const auto& entry : entries) {
    auto line = Json::object({{"time", ms_of(entry.time)},
                              {"by", entry.by.name},
                              {"from", entry.by.address},
                              {"action", entry.action},
                              {"subject", entry.subject}});
    if (!entry.detail.empty())
      line["detail"] = entry.detail;
    json["entries"].push_back(std::move(line));
  }
  if (has_more && !entries.empty())
    json["cursor"] = std::to_string(entries.back().number);
  return dump(json);
}

} // namespace sluice::http
