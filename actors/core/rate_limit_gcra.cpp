#include <algorithm>
#include <cmath>
#include <limits>

#include "actors/core/rate_limit_arithmetic.hpp"

namespace sluice::core {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr double nanoseconds_per_millisecond = 1e6;
constexpr RateDuration forever{std::numeric_limits<double>::infinity()};

// What std::floor and std::ceil say of numbers that fit, without the calls that those are on processors of the
// oldest kind: a decision would make five.
std::int64_t floor_of(double number) {
  const auto whole = static_cast<std::int64_t>(number);
  return static_cast<double>(whole) > number ? whole - 1 : whole;
}

std::int64_t ceil_of(double number) {
  const auto whole = static_cast<std::int64_t>(number);
  return static_cast<double>(whole) < number ? whole + 1 : whole;
}

// Between 1970 and 2261, which is what 63 bits hold.
nanoseconds to_nanoseconds(RateTime time) {
  constexpr double latest = 9.2e12;
  const auto exact = std::clamp(time.time_since_epoch().count(), 0.0, latest);
  const auto whole = floor_of(exact);
  const auto rest = exact - static_cast<double>(whole);
  return milliseconds{whole} + nanoseconds{static_cast<std::int64_t>(rest * nanoseconds_per_millisecond + 0.5)};
}

// The theoretical arrival time: when the bucket is full again. The state says how long after its last write, exactly
// for up to a hundred days.
nanoseconds arrival_of(const LimitState& state) {
  const auto written = to_nanoseconds(state.as_of);
  const auto left = static_cast<double>((nanoseconds::max() - written).count());
  return state.extra < left ? written + nanoseconds{static_cast<std::int64_t>(state.extra)} : nanoseconds::max();
}

nanoseconds duration_of(double tokens, double interval) {
  return nanoseconds{ceil_of(std::clamp(tokens * interval, -longest_gcra, longest_gcra))};
}

// A count may be any number, and so may ask for more time than there is.
bool is_too_far(nanoseconds time, double tokens, double interval) {
  return tokens * interval > std::min(longest_gcra, static_cast<double>((nanoseconds::max() - time).count()));
}

RateDuration to_rate_duration(nanoseconds duration) { return RateDuration{duration}; }

} // namespace

// Whole, and rounded up: so a burst of single tokens costs what one call for all of them costs, and no more than the
// rate is ever admitted.
double gcra_interval(const RateLimitConfig& config) {
  const auto exact = config.period.count() * nanoseconds_per_millisecond / config.rate;
  return exact > 0 && exact < longest_gcra ? static_cast<double>(ceil_of(exact)) : std::ceil(exact);
}

LimitState fresh_gcra(const RateLimitConfig& config, RateTime now) { return {config.maximum(), now, 0}; }

Calculation calculate_gcra(const LimitState& existing, const RateLimitConfig& config, RateTime now, double count) {
  const auto moment = to_nanoseconds(now);
  const auto interval = gcra_interval(config);
  const auto full_at = std::max(arrival_of(existing), moment);
  const bool is_never = is_too_far(full_at, count, interval);
  const auto arrival = is_never ? nanoseconds::max() : full_at + duration_of(count, interval);
  const auto tolerance = duration_of(config.maximum(), interval);
  const auto slack = tolerance - (arrival - moment);
  const auto balance = static_cast<double>(slack.count()) / interval;
  // Before `moment` if there was a gift beyond a full bucket, which thus is not kept.
  Calculation result{{balance, now, static_cast<double>((arrival - moment).count())}, balance};
  if (slack < nanoseconds::zero())
    result.retry_after = is_never ? forever : to_rate_duration(-slack);
  return result;
}

RateDuration gcra_reset(const Calculation& calculation, RateTime now) {
  const auto& state = calculation.state;
  const RateDuration until_full{state.extra / nanoseconds_per_millisecond};
  return std::max(state.as_of + until_full - now, RateDuration::zero());
}

LimitState gcra_state(double value, RateTime as_of, const RateLimitConfig& config) {
  const auto until_full = duration_of(config.maximum() - value, gcra_interval(config));
  return {value, as_of, static_cast<double>(until_full.count())};
}

} // namespace sluice::core
