#include "http/api/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "http/api/encoding.hpp"

namespace sluice::http {

namespace {

// Keeps the fields in the order in which they are documented.
using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool needs_escape(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte > 0x7e || c == '"' || c == '\\';
}

void append_quoted(std::string& out, std::string_view text) {
  if (std::any_of(text.begin(), text.end(), needs_escape))
    out += dump(Json(text));
  else
    out.append("\"").append(text).append("\"");
}

Json header_map(const Headers& headers) {
  auto map = Json::object();
  for (const auto& header : headers)
    map[canonical_name(header.name)].push_back(header.value);
  return map;
}

void put_bytes(Json& json, const std::string& name, std::string_view bytes) {
  if (bytes.empty())
    return;
  if (is_utf8(bytes))
    json[name] = bytes;
  else
    json[name + "Base64"] = base64(bytes);
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

void put_optional_parts(Json& json, const PublishRequest& request) {
  if (!request.headers.empty())
    json["header"] = header_map(request.headers);
  put_bytes(json, "body", request.body.view());
  if (!request.labels.empty()) {
    json["label"] = request.labels.front();
    json["labels"] = request.labels;
  }
  if (request.flow_control)
    put_flow_control(json, *request.flow_control);
  if (request.retry_delay)
    json["retryDelayExpression"] = *request.retry_delay;
}

Json to_json(const Message& message) {
  const auto& request = message.request;
  Json json = {
      {"messageId", message.id.text()},
      {"url", std::get<UrlDestination>(request.destination).url},
      {"method", to_string(request.method)},
      {"maxRetries", request.retries},
      {"notBefore", message.not_before.time_since_epoch().count()},
      {"createdAt", message.created_at.time_since_epoch().count()},
      {"callerIP", request.caller_ip},
  };
  put_optional_parts(json, request);
  return json;
}

Json to_json(const DlqEntry& entry) {
  auto json = to_json(*entry.message);
  json["dlqId"] = entry.id.text();
  json["responseStatus"] = entry.response_status;
  if (entry.response_status != 0)
    json["responseHeader"] = header_map(entry.response_headers);
  put_bytes(json, "responseBody", entry.response_body.view());
  if (!entry.error.empty())
    json["error"] = entry.error;
  return json;
}

Json to_json(const FlowControlInfo& info) {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  Json json = {
      {"flowControlKey", info.key.text},
      {"waitListSize", info.waitlist_size},
      {"parallelismMax", info.parallelism_max},
      {"parallelismCount", info.parallelism_count},
      {"rateMax", info.rate_max},
      {"rateCount", info.rate_count},
      {"ratePeriod", duration_cast<seconds>(info.rate_period).count()},
      {"ratePeriodStart", duration_cast<seconds>(info.rate_period_start.time_since_epoch()).count()},
      {"isPaused", info.is_paused},
      {"isPinnedParallelism", info.is_pinned_parallelism},
      {"isPinnedRate", info.is_pinned_rate},
  };
  if (info.is_failed)
    json["isFailed"] = true;
  return json;
}

} // namespace

std::string error_json(std::string_view message) { return dump(Json::object({{"error", message}})); }
std::string status_json(std::string_view status) { return dump(Json::object({{"status", status}})); }
std::string cancelled_json(int count) { return dump(Json::object({{"cancelled", count}})); }

std::string publish_json(const MessageId& id, std::string_view url) {
  std::string out;
  out.reserve(url.size() + 64);
  out.append(R"({"messageId":")");
  id.append_to(out);
  out.append(R"(","url":)");
  append_quoted(out, url);
  out.push_back('}');
  return out;
}

std::string message_json(const Message& message) { return dump(to_json(message)); }

std::string dlq_json(const DlqPage& page) {
  auto json = Json::object({{"messages", Json::array()}});
  for (const auto& entry : page.entries)
    json["messages"].push_back(to_json(entry));
  if (page.cursor)
    json["cursor"] = page.cursor->text();
  return dump(json);
}

std::string signing_keys_json(const SigningKeys& keys) {
  return dump(Json::object({{"current", keys.current}, {"next", keys.next}}));
}

std::string flow_control_json(const FlowControlInfo& info) { return dump(to_json(info)); }

std::string flow_controls_json(const std::vector<FlowControlInfo>& infos) {
  auto json = Json::array();
  for (const auto& info : infos)
    json.push_back(to_json(info));
  return dump(json);
}

std::string global_parallelism_json(const GlobalParallelism& parallelism) {
  return dump(Json::object({{"parallelismMax", parallelism.max}, {"parallelismCount", parallelism.count}}));
}

} // namespace sluice::http
