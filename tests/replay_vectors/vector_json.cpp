#include "tests/replay_vectors/vector_json.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sluice::replay {

namespace {

constexpr const char* token_bucket = "token bucket";
constexpr const char* fixed_window = "fixed window";
constexpr const char* asynchronously = "asynchronously";
constexpr const char* transactionally = "transactionally";

LimitKind kind_of(const std::optional<std::string>& kind) {
  if (kind == token_bucket)
    return LimitKind::token_bucket;
  if (kind == fixed_window)
    return LimitKind::fixed_window;
  throw WrongShape("kind");
}

std::optional<UpdateMode> update_mode_of(const std::optional<std::string>& mode) {
  if (!mode)
    return std::nullopt;
  if (mode != asynchronously && mode != transactionally)
    throw WrongShape("applyUpdates");
  return mode == asynchronously ? UpdateMode::asynchronously : UpdateMode::transactionally;
}

double required(std::optional<double> number, const char* name) { return number ? *number : throw WrongShape(name); }

bool is_number(const json& value) {
  return value.is_number() || value == "NaN" || value == "Infinity" || value == "-Infinity";
}

bool is_equal_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// A token bucket's `start: null` is an absent one in C++.
json without_null_start(json object) {
  if (object.contains("start") && object["start"].is_null())
    object.erase("start");
  return object;
}

bool is_equal_object(const json& expected, const json& actual) {
  if (expected.contains("type") && expected["type"] != "Error" && expected["type"] != "ConvexError")
    return actual.contains("type") && expected["type"] == actual["type"];
  const auto wanted = without_null_start(expected);
  if (wanted.size() != actual.size())
    return false;
  for (const auto& [name, value] : wanted.items()) {
    if (!actual.contains(name) || !is_equal(value, actual[name]))
      return false;
  }
  return true;
}

} // namespace

Fields::Fields(const json& object) : left_(object) {
  if (!object.is_object())
    throw WrongShape("object");
}

const json* Fields::take(const char* name) {
  if (!left_.contains(name))
    return nullptr;
  taken_ = left_[name];
  left_.erase(name);
  return &taken_;
}

std::optional<double> Fields::number(const char* name) {
  const auto* value = take(name);
  return value ? std::optional{number_of(*value)} : std::nullopt;
}

std::optional<bool> Fields::flag(const char* name) {
  const auto* value = take(name);
  if (value && !value->is_boolean())
    throw WrongShape(name);
  return value ? std::optional{value->get<bool>()} : std::nullopt;
}

std::optional<std::string> Fields::text(const char* name) {
  const auto* value = take(name);
  if (value && !value->is_string())
    throw WrongShape(name);
  return value ? std::optional{value->get<std::string>()} : std::nullopt;
}

std::optional<RateLimitConfig> Fields::config(const char* name) {
  const auto* value = take(name);
  return value ? std::optional{config_of(*value)} : std::nullopt;
}

void Fields::finish() const {
  if (!left_.empty())
    throw WrongShape(left_.begin().key());
}

double number_of(const json& value) {
  if (value == "NaN")
    return std::numeric_limits<double>::quiet_NaN();
  if (value == "Infinity")
    return std::numeric_limits<double>::infinity();
  if (value == "-Infinity")
    return -std::numeric_limits<double>::infinity();
  if (!value.is_number())
    throw WrongShape("number");
  return value.get<double>();
}

json json_of(double number) {
  if (std::isnan(number))
    return "NaN";
  if (std::isinf(number))
    return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

RateLimitConfig config_of(const json& value) {
  const bool has_null_start = value.is_object() && value.value("start", json(0)).is_null();
  Fields fields(without_null_start(value));
  RateLimitConfig config;
  config.kind = kind_of(fields.text("kind"));
  if (has_null_start && config.kind == LimitKind::fixed_window)
    throw WrongShape("start");
  config.rate = required(fields.number("rate"), "rate");
  config.period = RateDuration{required(fields.number("period"), "period")};
  config.capacity = fields.number("capacity");
  config.max_reserved = fields.number("maxReserved");
  config.shards = fields.number("shards");
  if (const auto start = fields.number("start"))
    config.start = RateTime{RateDuration{*start}};
  config.update_mode = update_mode_of(fields.text("applyUpdates"));
  fields.finish();
  return config;
}

RateTime time_of(const json& value) { return RateTime{RateDuration{number_of(value)}}; }

json json_of(RateTime time) { return json_of(time.time_since_epoch().count()); }

json json_of(const RateLimitConfig& config) {
  json object{{"kind", config.kind == LimitKind::fixed_window ? fixed_window : token_bucket},
              {"rate", json_of(config.rate)},
              {"period", json_of(config.period.count())}};
  if (config.capacity)
    object["capacity"] = json_of(*config.capacity);
  if (config.max_reserved)
    object["maxReserved"] = json_of(*config.max_reserved);
  if (config.shards)
    object["shards"] = json_of(*config.shards);
  if (config.start)
    object["start"] = json_of(*config.start);
  if (config.update_mode)
    object["applyUpdates"] = config.is_asynchronous() ? asynchronously : transactionally;
  return object;
}

json json_of(const LimitVerdict& verdict) {
  json object{{"ok", verdict.ok}};
  if (verdict.retry_after)
    object["retryAfter"] = json_of(verdict.retry_after->count());
  return object;
}

json json_of(const LimitValue& value) {
  return {{"value", json_of(value.value)},
          {"ts", json_of(value.as_of)},
          {"shard", value.shard},
          {"config", json_of(value.config)}};
}

json json_of(const Calculation& calculation) {
  json object{{"value", json_of(calculation.state.value)}, {"ts", json_of(calculation.state.as_of)}};
  if (calculation.retry_after)
    object["retryAfter"] = json_of(calculation.retry_after->count());
  if (calculation.window_start)
    object["windowStart"] = json_of(*calculation.window_start);
  return object;
}

json json_of(const Error& error) {
  if (error.field == "start")
    return {{"type", "ArgumentValidationError"}};
  if (error.message == "Reduce of empty array with no initial value")
    return {{"type", "TypeError"}};
  return {{"type", "Error"}, {"message", error.message}};
}

json json_of(const RateLimited& error) {
  return {{"type", "ConvexError"},
          {"isRateLimitError", true},
          {"data",
           {{"kind", "RateLimited"}, {"name", error.name()}, {"retryAfter", json_of(error.retry_after().count())}}}};
}

bool is_equal(const json& expected, const json& actual) {
  if (is_number(expected) && is_number(actual))
    return is_equal_number(number_of(expected), number_of(actual));
  if (expected.is_object() && actual.is_object())
    return is_equal_object(expected, actual);
  if (!expected.is_array() || !actual.is_array())
    return expected == actual;
  return std::equal(expected.begin(), expected.end(), actual.begin(), actual.end(), is_equal);
}

bool is_equal_state(const json& expected, const json& actual) {
  if (!expected.is_array() || !actual.is_array())
    return is_equal(expected, actual);
  return expected.size() == actual.size() &&
         std::is_permutation(expected.begin(), expected.end(), actual.begin(), is_equal);
}

} // namespace sluice::replay
