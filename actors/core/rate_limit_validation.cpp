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

bool is_amount(double number) { return std::isfinite(number) && number >= 0; }

// What JavaScript takes for true.
bool is_truthy(std::optional<double> number) { return number && *number != 0 && !std::isnan(*number); }

Result<void> check_amounts(const RateLimitConfig& config) {
  if (!is_amount(config.rate))
    return invalid("rate", "The rate must be a finite number, 0 or more.");
  if (!std::isfinite(config.period.count()) || config.period.count() <= 0)
    return invalid("period", "The period must be finite and above 0.");
  if (config.capacity && !is_amount(*config.capacity))
    return invalid("capacity", "The capacity must be a finite number, 0 or more.");
  if (config.max_reserved && !is_amount(*config.max_reserved))
    return invalid("maxReserved", "The bound of reservations must be a finite number, 0 or more.");
  if (config.start && !std::isfinite(config.start->time_since_epoch().count()))
    return invalid("start", "The start must be a finite instant.");
  return {};
}

Result<void> check_kind(const RateLimitConfig& config) {
  if (config.start && !is_window(config.kind))
    return invalid("start", "Only windows have a start.");
  if (config.kind == LimitKind::sliding_window && config.capacity)
    return invalid("capacity", "A sliding window has no capacity: its rate is the most of any period.");
  if (config.kind == LimitKind::gcra && config.rate == 0)
    return invalid("rate", "The rate of a limit of kind GCRA must be above 0.");
  return {};
}

Result<std::uint32_t> check_shards(const RateLimitConfig& config) {
  const auto shards = config.shards.value_or(1);
  if (!(shards >= 1 && shards <= max_shards) || shards != std::floor(shards))
    return invalid("shards", "Shards must be a whole number from 1 to " + javascript_text(max_shards) + ".");
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
  return is_sane ? check_shards(config) : reference_shards(config);
}

Result<void> check_count(std::string_view name, const RateLimitConfig& config, double shards, double count,
                         bool reserve, Compatibility compatibility) {
  const bool is_sane = compatibility == Compatibility::sane;
  if (is_sane && !std::isfinite(count))
    return invalid("count", "The count must be a finite number.");
  if (is_sane && reserve && config.kind == LimitKind::sliding_window)
    return invalid("reserve", "A sliding window has no reservations.");
  auto checked = check_bounds(name, config, shards, count, reserve, compatibility);
  if (is_sane && !checked)
    return with_advice(checked.error(), config, shards, count);
  return checked;
}

} // namespace sluice::core
