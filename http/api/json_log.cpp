#include "http/api/json_log.hpp"

#include <unordered_map>

#include "actors/encoding.hpp"
#include "http/api/json_writing.hpp"
#include "http/api/sliced_list.hpp"

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

// Here bodies are base64 whatever they hold.
void put_base64(Json& json, const char* name, std::string_view bytes, std::size_t limit) {
  if (auto shown = bytes.substr(0, limit); !shown.empty())
    json[name] = base64(shown);
}

// Where documentation and SDKs spell a field in two ways, it is there in both.
void put_event(Json& json, const LogEntry& entry, std::size_t body_limit) {
  const auto& event = entry.event;
  if (!event.error.empty())
    json["error"] = event.error;
  if (event.next_attempt != WallTime{})
    json["nextDeliveryTime"] = ms_of(event.next_attempt);
  if (event.status != 0)
    json["responseStatus"] = event.status;
  put_base64(json, "responseBody", entry.response_body.view(), body_limit);
  if (!entry.response_headers.empty())
    json["responseHeader"] = json["responseHeaders"] = header_map(entry.response_headers);
}

void put_message(Json& json, const PublishRequest& request, std::size_t body_limit) {
  json["url"] = std::get<UrlDestination>(request.destination).url;
  json["method"] = to_string(request.method);
  json["maxRetries"] = request.retries;
  if (!request.headers.empty())
    json["header"] = header_map(request.headers);
  put_base64(json, "body", request.body.view(), body_limit);
  if (request.timeout)
    json["timeout"] = std::chrono::duration_cast<std::chrono::milliseconds>(*request.timeout).count();
  put_settings(json, request, "Headers");
  if (request.retry_delay)
    json["retryDelayExpr"] = json["retryDelayExpression"] = *request.retry_delay;
}

// An object without its braces.
std::string fields_of(const Json& json) {
  auto text = dump(json);
  return text.substr(1, text.size() - 2);
}

void append_cursor(std::string& out, const std::optional<LogPosition>& cursor) {
  if (cursor)
    out.append(R"(,"cursor":")").append(cursor->text()).append("\"");
  out += '}';
}

std::string group_json(const std::vector<const GroupedEntry*>& group) {
  std::vector<std::string> texts;
  for (const auto* entry : group)
    texts.push_back(entry->text);
  auto out = R"({"messageId":")" + group.front()->message.text() + R"(","events":)";
  append_list(out, texts);
  return out + '}';
}

} // namespace

std::string log_message_fields(const PublishRequest& request, std::size_t body_limit) {
  auto json = Json::object();
  put_message(json, request, body_limit);
  return fields_of(json);
}

std::string log_entry_json(const LogEntry& entry, std::string_view message_fields, std::size_t body_limit) {
  // What every event has needs no escapes: a page may have a thousand.
  auto text = R"({"time":)" + std::to_string(ms_of(entry.event.time)) + R"(,"messageId":")" + entry.message->id.text();
  text.append(R"(","state":")").append(state_of(entry.event.kind)).append("\",");
  auto more = Json::object();
  put_event(more, entry, body_limit);
  if (!more.empty())
    text.append(fields_of(more)) += ',';
  return text.append(message_fields) + '}';
}

std::string log_json(const std::vector<std::string>& entries, const std::optional<LogPosition>& cursor) {
  std::string list;
  append_list(list, entries);
  std::string out;
  out.reserve(2 * list.size() + 64);
  out.append(R"({"events":)").append(list).append(R"(,"logs":)").append(list);
  append_cursor(out, cursor);
  return out;
}

std::string grouped_log_json(const std::vector<GroupedEntry>& entries, const std::optional<LogPosition>& cursor) {
  std::vector<std::vector<const GroupedEntry*>> groups;
  std::unordered_map<MessageId, std::size_t> known;
  for (const auto& entry : entries) {
    auto [group, is_new] = known.emplace(entry.message, groups.size());
    if (is_new)
      groups.emplace_back();
    groups[group->second].push_back(&entry);
  }
  std::vector<std::string> texts;
  for (const auto& group : groups)
    texts.push_back(group_json(group));
  std::string out = R"({"messages":)";
  append_list(out, texts);
  append_cursor(out, cursor);
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
