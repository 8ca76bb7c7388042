#include "actors/core/rate_limit_arithmetic.hpp"

#include <cmath>
#include <limits>

namespace sluice {

namespace {

using core::javascript_min;
using core::TokenBucket;

// Most calls come in the window of the one before them. The quotient of a number and a larger one
// rounds to less than 1, so they need no division.
double windows_since(RateTime begin, RateTime now, RateDuration period) {
  const auto elapsed = now - begin;
  return elapsed >= RateDuration::zero() && elapsed < period ? 0.0 : std::floor(elapsed / period);
}

Calculation fixed_window(const LimitState& existing, const RateLimitConfig& config, RateTime now, double count) {
  const auto windows = windows_since(existing.as_of, now, config.period);
  const auto value = javascript_min(existing.value + config.rate * windows, config.maximum()) - count;
  const auto begin = existing.as_of + windows * config.period;
  Calculation result{{value, begin}, value, {}, existing.as_of};
  if (value < 0)
    result.retry_after = begin + config.period * std::ceil(-value / config.rate) - now;
  return result;
}

RateDuration window_reset(const Calculation& calculation, const RateLimitConfig& config, RateTime now) {
  const auto missing = config.maximum() - calculation.state.value;
  if (missing <= 0)
    return RateDuration::zero();
  const auto windows = missing <= config.rate ? 1.0 : std::ceil(missing / config.rate);
  return calculation.state.as_of + config.period * windows - now;
}

RateTime first_window(const RateLimitConfig& config, RateTime now, const RandomDraws& random) {
  if (config.start)
    return *config.start;
  return now - RateDuration{std::floor(random(Draw::start) * config.period.count())};
}

} // namespace

LimitState fresh_state(const RateLimitConfig& config, RateTime now, const RandomDraws& random) {
  switch (config.kind) {
  case LimitKind::token_bucket:
    break;
  case LimitKind::fixed_window:
    return {config.maximum(), first_window(config, now, random)};
  case LimitKind::gcra:
    return core::fresh_gcra(config, now);
  case LimitKind::sliding_window:
    return core::fresh_sliding_window(config, now);
  }
  return {config.maximum(), now};
}

Calculation calculate(const LimitState& existing, const RateLimitConfig& config, RateTime now, double count) {
  switch (config.kind) {
  case LimitKind::token_bucket:
    break;
  case LimitKind::fixed_window:
    return fixed_window(existing, config, now, count);
  case LimitKind::gcra:
    return core::calculate_gcra(existing, config, now, count);
  case LimitKind::sliding_window:
    return core::calculate_sliding_window(existing, config, now, count);
  }
  return TokenBucket::calculate(existing, config, now, count);
}

RateDuration reset_after(const Calculation& calculation, const RateLimitConfig& config, RateTime now) {
  switch (config.kind) {
  case LimitKind::token_bucket:
    break;
  case LimitKind::fixed_window:
    return window_reset(calculation, config, now);
  case LimitKind::gcra:
    return core::gcra_reset(calculation, now);
  case LimitKind::sliding_window:
    return core::sliding_window_reset(calculation, config, now);
  }
  return TokenBucket::reset_after(calculation, config, now);
}

RateDuration clock_offset(RateTime server_time, RateTime sent, RateDuration round_trip) {
  return server_time - sent - round_trip / 2;
}

Projection project(const LimitValue& value, RateTime now, double count, RateDuration offset) {
  const auto server_now = now + offset;
  const auto state = value.config.kind == LimitKind::gcra ? core::gcra_state(value.value, value.as_of, value.config)
                                                          : LimitState{value.value, value.as_of};
  const auto result = calculate(state, value.config, server_now, count);
  Projection projection{result.balance, result.state.as_of - offset, value.shard, result.balance >= 0, {}};
  if (result.retry_after && result.retry_after->count() != 0 && !std::isnan(result.retry_after->count()))
    projection.retry_at = server_now + *result.retry_after - offset;
  return projection;
}

} // namespace sluice
