// The arithmetic behind `calculate`, per kind of limit. Bits count: compiled without
// contraction of multiplications and additions (spec §12).
#pragma once

#include <algorithm>

#include "sluice/rate_limit.hpp"

namespace sluice::core {

/// The smaller one; NaN if either is, as Math.min in JavaScript.
inline double javascript_min(double a, double b) { return a < b || a != a ? a : b; }
/// The larger one; NaN if either is, as Math.max in JavaScript.
inline double javascript_max(double a, double b) { return a > b || a != a ? a : b; }

/// Token buckets are the kind of most limits, so theirs can be inlined. The order of operations is the contract: any
/// other one differs in the last bit.
struct TokenBucket {
  static Calculation calculate(const LimitState& existing, const RateLimitConfig& config, RateTime now, double count) {
    const auto per_millisecond = config.rate / config.period.count();
    const auto refilled = existing.value + (now - existing.as_of).count() * per_millisecond;
    const auto value = javascript_min(refilled, config.maximum()) - count;
    Calculation result{{value, now}, value};
    if (value < 0)
      result.retry_after = RateDuration{-value / per_millisecond};
    return result;
  }

  static RateDuration reset_after(const Calculation& calculation, const RateLimitConfig& config, RateTime) {
    if (calculation.state.value >= config.maximum())
      return RateDuration::zero();
    return (config.maximum() - calculation.state.value) * config.period / config.rate;
  }
};

LimitState fresh_gcra(const RateLimitConfig& config, RateTime now);
Calculation calculate_gcra(const LimitState& existing, const RateLimitConfig& config, RateTime now, double count);
RateDuration gcra_reset(const Calculation& calculation, RateTime now);
/// A state of which only the tokens are known.
LimitState gcra_state(double value, RateTime as_of, const RateLimitConfig& config);
/// What one token costs, in nanoseconds.
double gcra_interval(const RateLimitConfig& config);
/// The most nanoseconds that a bucket takes to fill up, or a call to wait: 95 years.
inline constexpr double longest_gcra = 3e18;

LimitState fresh_sliding_window(const RateLimitConfig& config, RateTime now);
Calculation calculate_sliding_window(const LimitState& existing, const RateLimitConfig& config, RateTime now,
                                     double count);
RateDuration sliding_window_reset(const Calculation& calculation, const RateLimitConfig& config, RateTime now);

} // namespace sluice::core
