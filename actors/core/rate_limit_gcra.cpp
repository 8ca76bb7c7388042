#include <algorithm>
#include <cmath>

#include "actors/core/rate_limit_arithmetic.hpp"

namespace sluice::core {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr double nanoseconds_per_millisecond = 1e6;
// A reservation may ask for any amount; two of these still fit into 63 bits beside the date.
constexpr double longest = 3e18;

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

nanoseconds to_nanoseconds(RateTime time) {
  const auto exact = time.time_since_epoch().count();
  const auto whole = floor_of(exact);
  const auto rest = exact - static_cast<double>(whole);
  return milliseconds{whole} + nanoseconds{static_cast<std::int64_t>(rest * nanoseconds_per_millisecond + 0.5)};
}

// The theoretical arrival time: when the bucket is full again.
nanoseconds arrival_of(const LimitState& state) {
  return to_nanoseconds(state.as_of) + nanoseconds{static_cast<std::int64_t>(state.extra)};
}

LimitState state_of(nanoseconds arrival, double balance) {
  const auto whole = std::chrono::floor<milliseconds>(arrival);
  return {balance, RateTime{RateDuration{whole}}, static_cast<double>((arrival - whole).count())};
}

nanoseconds duration_of(double tokens, double interval) {
  return nanoseconds{ceil_of(std::clamp(tokens * interval, -longest, longest))};
}

// What one token costs, in nanoseconds. Whole, and rounded up: so a burst of single tokens costs
// what one call for all of them costs, and no more than the rate is ever admitted.
double interval_of(const RateLimitConfig& config) {
  const auto exact = config.period.count() * nanoseconds_per_millisecond / config.rate;
  return exact > 0 && exact < longest ? static_cast<double>(ceil_of(exact)) : std::ceil(exact);
}

nanoseconds later(nanoseconds time, nanoseconds delay) {
  return delay > nanoseconds::max() - time ? nanoseconds::max() : time + delay;
}

RateDuration to_rate_duration(nanoseconds duration) { return RateDuration{duration}; }

} // namespace

LimitState fresh_gcra(const RateLimitConfig& config, RateTime now) {
  return state_of(to_nanoseconds(now), config.maximum());
}

Calculation calculate_gcra(const LimitState& existing, const RateLimitConfig& config, RateTime now, double count) {
  const auto moment = to_nanoseconds(now);
  const auto interval = interval_of(config);
  const auto arrival = later(std::max(arrival_of(existing), moment), duration_of(count, interval));
  const auto tolerance = duration_of(config.maximum(), interval);
  const auto slack = tolerance - (arrival - moment);
  const auto balance = static_cast<double>(slack.count()) / interval;
  // Before `moment` if there was a gift beyond a full bucket, which thus is not kept.
  Calculation result{state_of(arrival, balance), balance};
  if (slack < nanoseconds::zero())
    result.retry_after = to_rate_duration(-slack);
  return result;
}

RateDuration gcra_reset(const Calculation& calculation, RateTime now) {
  const auto& state = calculation.state;
  const RateDuration rest{state.extra / nanoseconds_per_millisecond};
  return std::max(state.as_of - now + rest, RateDuration::zero());
}

// What the bucket had then tells how far away it was from full.
RateTime gcra_written_at(const LimitState& existing, const RateLimitConfig& config) {
  const auto interval = interval_of(config);
  const auto until_full = duration_of(config.maximum(), interval) - duration_of(existing.value, interval);
  // A balance is a quotient: some bits of the nanoseconds are lost.
  constexpr auto rounding = std::chrono::microseconds{1};
  return RateTime{to_rate_duration(arrival_of(existing) - until_full - rounding)};
}

} // namespace sluice::core
