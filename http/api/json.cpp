#include "http/api/json.hpp"

#include <algorithm>

#include "http/api/json_writing.hpp"

namespace sluice::http {

namespace {

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

} // namespace

std::string error_json(std::string_view message) { return dump(Json::object({{"error", message}})); }
std::string status_json(std::string_view status, std::string_view reason) {
  Json json{{"status", status}};
  if (!reason.empty())
    json["reason"] = reason;
  return dump(json);
}
std::string cancelled_json(std::size_t count) { return dump(Json::object({{"cancelled", count}})); }

std::string publish_json(const Published& published) {
  std::string out;
  out.reserve(published.url.size() + 64);
  out.append(R"({"messageId":")");
  published.id.append_to(out);
  out.append(R"(","url":)");
  append_quoted(out, published.url);
  out.append(published.deduplicated ? R"(,"deduplicated":true})" : "}");
  return out;
}

PendingText message_json(const MessageInfo& info) {
  ObjectText out;
  add_message(out, *info.message);
  auto forecast = Json::object();
  if (info.waiting_for)
    forecast["waitingFor"] = to_string(*info.waiting_for);
  if (info.expected_start)
    forecast["expectedStartAt"] = info.expected_start->time_since_epoch().count();
  out.add(forecast);
  return std::move(out).text();
}

std::string signing_keys_json(const SigningKeys& keys) {
  return dump(Json::object({{"current", keys.current}, {"next", keys.next}}));
}

// Without a document: there may be ten thousand of them in a list.
std::string flow_control_json(const FlowControlInfo& info) {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  std::string out = R"({"flowControlKey":)";
  auto put = [&](std::string_view name, const auto& value) {
    out.append(",\"").append(name).append("\":");
    if constexpr (std::is_same_v<decltype(value), const bool&>)
      out += value ? "true" : "false";
    else
      out += std::to_string(value);
  };
  append_quoted(out, info.key.text);
  put("waitListSize", info.waitlist_size);
  put("parallelismMax", info.parallelism_max);
  put("parallelismCount", info.parallelism_count);
  put("rateMax", info.rate_max);
  put("rateCount", info.rate_count);
  put("ratePeriod", duration_cast<seconds>(info.rate_period).count());
  put("ratePeriodStart", duration_cast<seconds>(info.rate_period_start.time_since_epoch()).count());
  put("isPaused", info.is_paused);
  put("isPinnedParallelism", info.is_pinned_parallelism);
  put("isPinnedRate", info.is_pinned_rate);
  if (info.is_failed)
    put("isFailed", true);
  return out += '}';
}

std::string global_parallelism_json(const GlobalParallelism& parallelism) {
  return dump(Json::object({{"parallelismMax", parallelism.max}, {"parallelismCount", parallelism.count}}));
}

} // namespace sluice::http
