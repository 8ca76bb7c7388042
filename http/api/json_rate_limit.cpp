#include "http/api/json_rate_limit.hpp"

#include <cmath>

#include "actors/core/limit_names.hpp"
#include "http/api/json_writing.hpp"

namespace sluice::http {

namespace {

// Whole numbers without a point.
Json number(double value) {
  constexpr double exact = 1LL << 53;
  if (!std::isfinite(value))
    return nullptr;
  if (value == std::floor(value) && std::abs(value) < exact)
    return static_cast<std::int64_t>(value);
  return value;
}

Json milliseconds(RateDuration duration) { return number(duration.count()); }

// Rounded up: earlier would be too early.
Json instant(RateTime time) { return number(std::ceil(time.time_since_epoch().count())); }

void put_retry(Json& json, const std::optional<RateDuration>& retry_after, RateTime at) {
  if (!retry_after)
    return;
  json["retryAfter"] = milliseconds(*retry_after);
  json["retryAt"] = instant(at + *retry_after);
}

void put_state(Json& json, double limit, double remaining, RateDuration reset_after, RateTime at) {
  json["limit"] = number(limit);
  json["remaining"] = number(remaining);
  json["resetAfter"] = milliseconds(reset_after);
  json["resetAt"] = instant(at + reset_after);
}

Json to_json(const LimitAnswer& answer) {
  Json json{{"ok", answer.ok}};
  put_retry(json, answer.retry_after, answer.at);
  put_state(json, answer.limit, answer.remaining, answer.reset_after, answer.at);
  if (answer.would_refuse)
    json["wouldRefuse"] = true;
  return json;
}

Json to_json(const RateLimitConfig& config) {
  Json json{
      {"kind", core::name_of(config.kind)}, {"rate", number(config.rate)}, {"period", milliseconds(config.period)}};
  if (config.capacity)
    json["capacity"] = number(*config.capacity);
  if (config.max_reserved)
    json["maxReserved"] = number(*config.max_reserved);
  if (config.shards)
    json["shards"] = number(*config.shards);
  if (config.start)
    json["start"] = number(config.start->time_since_epoch().count());
  return json;
}

Json to_json(std::string_view name, const LimitDefinition& definition) {
  Json json{{"name", name}};
  json.update(to_json(definition.config));
  json["durability"] = core::name_of(definition.durability);
  return json;
}

void put_key(Json& json, const std::optional<std::string>& key) {
  if (key)
    json["key"] = *key;
}

} // namespace

std::string limit_definition_json(std::string_view name, const LimitDefinition& definition) {
  return dump(to_json(name, definition));
}

std::string limit_definitions_json(const LimitDefinitions& definitions) {
  return dump_list(definitions, [](const auto& each) { return to_json(each.first, each.second); });
}

std::string limit_answer_json(const LimitAnswer& answer) { return dump(to_json(answer)); }

std::string reservation_json(const ReservationAnswer& answer) {
  auto json = to_json(answer.verdict);
  if (answer.id != ReservationId{}) {
    json["reservation"] = std::to_string(static_cast<std::uint64_t>(answer.id));
    json["runAt"] = instant(answer.run_at);
    json["expiresAt"] = number(std::floor(answer.expires_at.time_since_epoch().count()));
  }
  return dump(json);
}

std::string settled_json(bool settled) { return dump(Json{{"settled", settled}}); }

std::string combined_answer_json(const CombinedAnswer& answer, const std::vector<BucketRequest>& requests) {
  Json json{{"ok", answer.ok}};
  put_retry(json, answer.retry_after, answer.answers.front().at);
  if (answer.binding) {
    const auto& bucket = requests[*answer.binding];
    json["binding"] = Json{{"name", bucket.name}};
    put_key(json["binding"], bucket.key);
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Json item{{"name", requests[i].name}};
    put_key(item, requests[i].key);
    item.update(to_json(answer.answers[i]));
    json["verdicts"].push_back(std::move(item));
  }
  return dump(json);
}

std::string rate_limited_json(std::string_view name, const LimitAnswer& answer) {
  Json json{{"error", "rate limit " + std::string(name) + " exceeded"}, {"kind", "RateLimited"}, {"name", name}};
  put_retry(json, answer.retry_after, answer.at);
  return dump(json);
}

std::string limit_reading_json(const LimitReading& reading) {
  const auto& value = reading.value;
  Json json{{"value", number(value.value)},
            {"ts", number(value.as_of.time_since_epoch().count())},
            {"shard", value.shard},
            {"config", to_json(value.config)},
            {"now", number(reading.at.time_since_epoch().count())}};
  put_state(json, reading.status.limit, reading.status.remaining, reading.status.reset_after, reading.at);
  put_retry(json, reading.status.retry_after, reading.at);
  return dump(json);
}

std::string time_json(WallTime now) { return dump(Json{{"now", now.time_since_epoch().count()}}); }

std::string limit_error_json(const Error& error) {
  Json json{{"error", error.message}};
  if (!error.field.empty())
    json["field"] = error.field;
  return dump(json);
}

} // namespace sluice::http
