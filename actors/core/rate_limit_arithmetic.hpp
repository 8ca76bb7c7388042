// The arithmetic behind `calculate`, per kind of limit. Bits count: compiled without
// contraction of multiplications and additions (spec §12).
#pragma once

#include "sluice/rate_limit.hpp"

namespace sluice::core {

/// The smaller one; NaN if either is, as Math.min in JavaScript.
inline double javascript_min(double a, double b) { return a < b || a != a ? a : b; }
/// The larger one; NaN if either is, as Math.max in JavaScript.
inline double javascript_max(double a, double b) { return a > b || a != a ? a : b; }

LimitState fresh_gcra(const RateLimitConfig& config, RateTime now);
Calculation calculate_gcra(const LimitState& existing, const RateLimitConfig& config, RateTime now, double count);
RateDuration gcra_reset(const Calculation& calculation, RateTime now);

LimitState fresh_sliding_window(const RateLimitConfig& config, RateTime now);
Calculation calculate_sliding_window(const LimitState& existing, const RateLimitConfig& config, RateTime now,
                                     double count);
RateDuration sliding_window_reset(const Calculation& calculation, const RateLimitConfig& config, RateTime now);

} // namespace sluice::core
