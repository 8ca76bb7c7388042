#include "http/api/json_writing.hpp"

#include "actors/encoding.hpp"
#include "actors/json_text.hpp"

namespace sluice::http {

namespace {

constexpr std::size_t part_bytes = 48 * 1024; // Divisible by three, for base64.

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string_view cut_text(std::string_view text, std::size_t limit) {
  auto end = limit;
  while (end > 0 && continues_character(text[end]))
    --end;
  return text.substr(0, end);
}

// A schedule that publishes to a group has no endpoint of it yet.
void put_url_group(Json& json, const Destination& destination) {
  const auto* url = std::get_if<UrlDestination>(&destination);
  if (url && !url->url_group.empty())
    json["topicName"] = url->url_group;
  if (url && !url->endpoint.empty())
    json["endpointName"] = url->endpoint;
}

void put_labels(Json& json, const std::vector<std::string>& labels) {
  if (labels.empty())
    return;
  json["label"] = labels.front();
  json["labels"] = labels;
}

void put_flow_control(Json& json, const FlowControl& flow_control) {
  const auto& limits = flow_control.limits;
  json["flowControlKey"] = flow_control.key.text;
  if (limits.rate)
    json["rate"] = *limits.rate;
  if (limits.parallelism)
    json["parallelism"] = *limits.parallelism;
  json["period"] = std::chrono::duration_cast<std::chrono::seconds>(limits.period).count();
}

void put_callback(Json& json, const std::string& name, const std::string& headers,
                  const std::shared_ptr<const Callback>& callback) {
  if (!callback)
    return;
  json[name] = callback->url;
  if (!callback->headers.empty())
    json[name + headers] = header_map(callback->headers);
}

} // namespace

void put_settings(Json& json, const PublishRequest& request, const std::string& headers) {
  put_url_group(json, request.destination);
  if (request.queue)
    json["queueName"] = request.queue->text;
  if (request.schedule)
    json["scheduleId"] = request.schedule->text;
  put_labels(json, request.labels);
  if (request.flow_control)
    put_flow_control(json, *request.flow_control);
  put_callback(json, "callback", headers, request.callback);
  put_callback(json, "failureCallback", headers, request.failure_callback);
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json header_map(const Headers& headers) {
  auto map = Json::object();
  for (const auto& header : headers)
    map[canonical_name(header.name)].push_back(header.value);
  return map;
}

void ObjectText::add(const Json& object) {
  if (object.empty())
    return;
  auto text = dump(object);
  if (!std::exchange(is_empty_, false))
    fields_ += ',';
  fields_.append(text, 1, text.size() - 2);
}

void ObjectText::add_body(const std::string& name, const Body& body, std::size_t limit) {
  auto bytes = body.view();
  const bool is_text = is_utf8(bytes);
  if (limit < bytes.size())
    bytes = is_text ? cut_text(bytes, limit) : bytes.substr(0, limit);
  if (bytes.empty())
    return;
  begin_field(is_text ? name : name + "Base64");
  fields_ += '"';
  auto write = is_text ? escaped_json : base64;
  for (; bytes.size() > part_bytes; bytes.remove_prefix(part_bytes)) {
    close();
    text_.rest.emplace_back([body, part = bytes.substr(0, part_bytes), write] { return write(part); });
  }
  fields_.append(write(bytes)) += '"';
}

void ObjectText::add_base64(std::string_view name, std::string_view bytes, std::size_t limit) {
  bytes = bytes.substr(0, limit);
  if (bytes.empty())
    return;
  begin_field(name);
  fields_.append("\"").append(base64(bytes)) += '"';
}

void ObjectText::begin_field(std::string_view name) {
  fields_.append(std::exchange(is_empty_, false) ? "\"" : ",\"").append(name).append("\":");
}

PendingText ObjectText::text() && {
  fields_ += '}';
  close();
  return std::move(text_);
}

// What comes first needs no part of its own.
void ObjectText::close() {
  if (text_.rest.empty())
    text_.begin += std::exchange(fields_, {});
  else if (!fields_.empty())
    text_.rest.emplace_back([fields = std::exchange(fields_, {})] { return fields; });
}

void add_optional_parts(ObjectText& out, const PublishRequest& request, std::size_t body_limit) {
  if (!request.headers.empty())
    out.add(Json::object({{"header", header_map(request.headers)}}));
  out.add_body("body", request.body, body_limit);
  auto settings = Json::object();
  put_settings(settings, request);
  if (request.retry_delay)
    settings["retryDelayExpression"] = *request.retry_delay;
  out.add(settings);
}

void add_message(ObjectText& out, const Message& message, std::size_t body_limit) {
  const auto& request = message.request;
  out.add({
      {"messageId", message.id.text()},
      {"url", message.destination().url},
      {"method", to_string(request.method)},
      {"maxRetries", request.retries},
      {"notBefore", message.not_before.time_since_epoch().count()},
      {"createdAt", message.created_at.time_since_epoch().count()},
      {"callerIP", request.caller_ip},
  });
  add_optional_parts(out, request, body_limit);
}

} // namespace sluice::http
