#include "actors/core/rate_limit_validation.hpp"

#include <algorithm>
#include <cmath>

#include "actors/core/rate_limit_arithmetic.hpp"
#include "actors/core/rate_limit_text.hpp"

namespace sluice::core {

namespace {

// The reference has no bound; this one is above any that has worked.
constexpr double most_reference_shards = 1 << 20;

bool is_window(LimitKind kind) { return kind == LimitKind::fixed_window || kind == LimitKind::sliding_window; }

// What JavaScript takes for true.
bool is_truthy(std::optional<double> number) { return number && *number != 0 && !std::isnan(*number); }

Error out_of_range(const std::string& field, double number, const std::string& accepted) {
  return invalid(field, field + " must be " + accepted + ", not " + javascript_text(number) + ".");
}

std::string milliseconds_from(double least) {
  return "a number of milliseconds from " + javascript_text(least) + " to " + javascript_text(max_amount);
}

Result<void> check_amounts(const RateLimitConfig& config) {
  if (auto checked = check_amount("rate", config.rate); !checked)
    return checked;
  if (!(config.period >= min_period && config.period.count() <= max_amount))
    return out_of_range("period", config.period.count(), milliseconds_from(min_period.count()));
  if (auto checked = check_amount("capacity", config.capacity.value_or(0)); !checked)
    return checked;
  if (auto checked = check_amount("maxReserved", config.max_reserved.value_or(0)); !checked)
    return checked;
  const auto start = config.start ? config.start->time_since_epoch().count() : 0;
  if (!(std::abs(start) <= max_amount))
    return out_of_range("start", start, milliseconds_from(-max_amount));
  return {};
}

// It counts in whole nanoseconds.
Result<void> check_gcra(const RateLimitConfig& config) {
  if (config.rate > config.period / std::chrono::microseconds{1})
    return out_of_range("rate", config.rate, "no more than a token a microsecond for the kind GCRA");
  if (!(gcra_interval(config) * config.maximum() <= longest_gcra))
    return out_of_range(config.capacity ? "capacity" : "period", config.capacity.value_or(config.period.count()),
                        "what comes back within 95 years for the kind GCRA");
  return {};
}

Result<void> check_kind(const RateLimitConfig& config) {
  if (config.start && !is_window(config.kind))
    return out_of_range("start", config.start->time_since_epoch().count(), "left out unless the kind is a window");
  if (config.kind == LimitKind::sliding_window && config.capacity)
    return out_of_range("capacity", *config.capacity, "left out for a sliding window, which holds its rate");
  if (config.kind == LimitKind::gcra && config.rate == 0)
    return out_of_range("rate", config.rate, "above 0 for the kind GCRA");
  return {};
}

Result<std::uint32_t> check_shards(const RateLimitConfig& config) {
  const auto shards = config.shards.value_or(1);
  if (!(shards >= 1 && shards <= max_shards) || shards != std::floor(shards))
    return out_of_range("shards", shards, "a whole number from 1 to " + javascript_text(max_shards));
  return static_cast<std::uint32_t>(shards);
}

Result<std::uint32_t> reference_shards(const RateLimitConfig& config) {
  const auto shards = rounded_shards(config);
  if (shards <= 0)
    return invalid("shards", "Shards must be a positive number");
  return static_cast<std::uint32_t>(std::min(shards, most_reference_shards));
}

Error too_many(std::string_view name, double count, const std::string& most, double shards) {
  auto text = "Rate limit " + std::string(name) + " count " + javascript_text(count) + " exceeds " + most;
  text += shards > 1 ? " per " + javascript_text(shards) + " shards." : ".";
  return invalid("count", std::move(text));
}

// How often the capacity of the two shards that a call may combine is in the whole.
double pairs_of(double shards) { return shards < 3 ? 1 : shards / 2; }

Result<void> check_bounds(std::string_view name, const RateLimitConfig& config, double shards, double count,
                          bool reserve, Compatibility compatibility) {
  const auto most = config.maximum() / pairs_of(shards);
  if (!reserve)
    return count > most ? too_many(name, count, javascript_text(most), shards) : Result<void>{};
  const bool is_bounded =
      compatibility == Compatibility::sane ? config.max_reserved.has_value() : is_truthy(config.max_reserved);
  if (!is_bounded)
    return {};
  const auto most_reserved = most + *config.max_reserved / pairs_of(shards);
  return count > most_reserved ? too_many(name, count, javascript_fixed(most_reserved), shards) : Result<void>{};
}

// The arithmetic that the bare refusal leaves to the reader.
Error with_advice(Error error, const RateLimitConfig& config, double shards, double count) {
  const auto enough = std::floor(2 * config.maximum() / count);
  if (shards > 2 && enough >= 2)
    error.message += " With " + javascript_text(enough) + " shards it could be served.";
  return error;
}

} // namespace

Error undefined_limit(std::string_view name) {
  return {ErrorCode::not_found,
          "Rate limit " + std::string(name) +
              " not defined. You must provide a config inline or define it in the constructor.",
          "name"};
}

double rounded_shards(const RateLimitConfig& config) {
  return is_truthy(config.shards) ? std::floor(*config.shards + 0.5) : 1;
}

Result<std::uint32_t> check_config(std::string_view name, const RateLimitConfig& config, Compatibility compatibility) {
  if (config.is_asynchronous() && config.shards)
    return invalid("shards",
                   "Rate limit " + std::string(name) + " applies updates asynchronously and can't be sharded.");
  const bool is_sane = compatibility == Compatibility::sane;
  if (auto checked = check_kind(config); !checked)
    return checked.error();
  if (auto checked = is_sane ? check_amounts(config) : Result<void>{}; !checked)
    return checked.error();
  if (auto checked = config.kind == LimitKind::gcra ? check_gcra(config) : Result<void>{}; !checked)
    return checked.error();
  return is_sane ? check_shards(config) : reference_shards(config);
}

Result<void> check_amount(const std::string& field, double amount, double least) {
  if (amount >= least && amount <= max_amount)
    return {};
  return out_of_range(field, amount, "a number from " + javascript_text(least) + " to " + javascript_text(max_amount));
}

Result<void> check_count(std::string_view name, const RateLimitConfig& config, double shards, double count,
                         bool reserve, Compatibility compatibility) {
  const bool is_sane = compatibility == Compatibility::sane;
  if (auto checked = is_sane ? check_amount("count", count, -max_amount) : Result<void>{}; !checked)
    return checked;
  if (is_sane && reserve && config.kind == LimitKind::sliding_window)
    return invalid("reserve", "A sliding window has no reservations.");
  auto checked = check_bounds(name, config, shards, count, reserve, compatibility);
  if (is_sane && !checked)
    return with_advice(checked.error(), config, shards, count);
  return checked;
}

} // namespace sluice::core
