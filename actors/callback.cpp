#include "actors/callback.hpp"

#include <algorithm>

#include "actors/core/characters.hpp"
#include "actors/encoding.hpp"
#include "actors/json_text.hpp"

namespace sluice {

namespace {

void put_if_set(JsonObject& json, std::string_view name, std::string_view value) {
  if (!value.empty())
    json.text(name, value);
}

bool has_header(const Headers& headers, std::string_view name) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const Header& header) { return core::equals_ignoring_case(header.name, name); });
}

std::int64_t milliseconds_of(WallTime time) { return time.time_since_epoch().count(); }

// Without an answer the error's text takes its place.
std::string_view body_of(const AttemptReport& report, std::size_t max_body) {
  std::string_view body = report.outcome.status == 0 ? report.error : report.outcome.body;
  return body.substr(0, max_body);
}

std::string report_json(const AttemptReport& report, std::size_t max_body) {
  const auto& message = report.message;
  const auto& request = message.request;
  const auto& destination = message.destination();
  JsonObject json;
  json.number("status", report.outcome.status);
  json.headers("header", report.outcome.headers);
  json.text("body", base64(body_of(report, max_body)));
  json.number("retried", report.number - 1);
  json.number("maxRetries", request.retries);
  if (report.dlq_id)
    json.text("dlqId", report.dlq_id->text());
  json.text("sourceMessageId", message.id.text());
  put_if_set(json, "topicName", destination.url_group);
  put_if_set(json, "endpointName", destination.endpoint);
  if (request.schedule)
    json.text("scheduleId", request.schedule->text);
  json.text("url", destination.url);
  json.text("method", to_string(request.method));
  if (!request.headers.empty())
    json.headers("sourceHeader", request.headers);
  if (!request.body.empty())
    json.text("sourceBody", base64(request.body.view()));
  json.number("notBefore", milliseconds_of(message.not_before));
  json.number("createdAt", milliseconds_of(message.created_at));
  json.text("callerIP", request.caller_ip);
  return std::move(json).finish();
}

// Its body repeats what may not be read.
Redaction redaction_of_callback(Redaction redaction) {
  redaction.body = !redaction.is_empty();
  return redaction;
}

} // namespace

PublishRequest make_callback(const Callback& callback, const AttemptReport& report, std::size_t max_body) {
  PublishRequest request{UrlDestination{callback.url}};
  request.method = callback.method;
  request.headers = callback.headers;
  if (!has_header(request.headers, "content-type"))
    request.headers.insert(request.headers.begin(), {"Content-Type", "application/json"});
  request.body = Body(report_json(report, max_body));
  request.retries = callback.retries.value_or(report.message.request.retries);
  request.retry_delay = callback.retry_delay;
  request.timeout = callback.timeout;
  request.flow_control = callback.flow_control;
  request.redaction = redaction_of_callback(report.message.request.redaction);
  request.caller_ip = report.message.request.caller_ip;
  request.hops = report.message.request.hops;
  return request;
}

} // namespace sluice
