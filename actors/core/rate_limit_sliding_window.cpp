#include <algorithm>
#include <cmath>
#include <limits>

#include "actors/core/rate_limit_arithmetic.hpp"

namespace sluice::core {

namespace {

constexpr RateDuration forever{std::numeric_limits<double>::infinity()};

// Two neighbouring windows, and how far the running one has come.
struct Counters {
  RateTime begin;
  double current = 0;
  double before = 0;
  double elapsed = 0; ///< Of the running window: 0 at its beginning, below 1.
};

Counters counters_at(const LimitState& state, const RateLimitConfig& config, RateTime now) {
  // Below 0 if the limit was higher.
  const auto taken = std::max(0.0, config.maximum() - state.value);
  const auto windows = std::max(0.0, std::floor((now - state.as_of) / config.period));
  Counters counters{state.as_of + windows * config.period, 0, 0, 0};
  counters.current = windows == 0 ? taken : 0;
  counters.before = windows == 0 ? state.extra : windows == 1 ? taken : 0;
  counters.elapsed = std::max(0.0, (now - counters.begin) / config.period);
  return counters;
}

// The part of a window after which `counted` calls of the one before leave `room`.
double fits_at(double counted, double room) { return counted > 0 ? std::max(0.0, 1 - room / counted) : 0; }

// What is given back beyond what the running window took goes to the one before, as far as that still counts.
double before_after_gift(const Counters& counters, double taken) {
  return taken < 0 ? std::max(0.0, counters.before + taken / (1 - counters.elapsed)) : counters.before;
}

RateDuration wait_for(const Counters& counters, const RateLimitConfig& config, double count) {
  const auto room = config.maximum() - count;
  if (room < 0)
    return forever;
  if (room >= counters.current)
    return (fits_at(counters.before, room - counters.current) - counters.elapsed) * config.period;
  return (1 - counters.elapsed + fits_at(counters.current, room)) * config.period;
}

} // namespace

LimitState fresh_sliding_window(const RateLimitConfig& config, RateTime now) {
  const auto origin = config.start.value_or(RateTime{});
  return {config.maximum(), origin + std::floor((now - origin) / config.period) * config.period};
}

Calculation calculate_sliding_window(const LimitState& existing, const RateLimitConfig& config, RateTime now,
                                     double count) {
  const auto counters = counters_at(existing, config, now);
  const auto weighted = counters.before * (1 - counters.elapsed);
  const auto taken = counters.current + count;
  Calculation result;
  result.state = {config.maximum() - std::max(0.0, taken), counters.begin, before_after_gift(counters, taken)};
  result.balance = config.maximum() - (weighted + counters.current + count);
  if (result.balance < 0)
    result.retry_after = wait_for(counters, config, count);
  return result;
}

RateDuration sliding_window_reset(const Calculation& calculation, const RateLimitConfig& config, RateTime now) {
  const bool used = calculation.state.value < config.maximum();
  if (!used && calculation.state.extra == 0)
    return RateDuration::zero();
  return calculation.state.as_of + (used ? 2 : 1) * config.period - now;
}

} // namespace sluice::core
