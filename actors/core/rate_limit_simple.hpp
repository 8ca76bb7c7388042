// The decision about one bucket in `Compatibility::sane`, without a reservation and on a row in hand: by far the most
// calls. What the limit's kind does is a parameter, so that the most used one is inlined.
#pragma once

#include <algorithm>

#include "actors/core/rate_limit_arithmetic.hpp"
#include "sluice/rate_limiter.hpp"

namespace sluice::core {

/// Does what the configuration's kind does.
struct AnyKind {
  static Calculation calculate(const LimitState& existing, const RateLimitConfig& config, RateTime now, double count) {
    return sluice::calculate(existing, config, now, count);
  }
  static RateDuration reset_after(const Calculation& calculation, const RateLimitConfig& config, RateTime now) {
    return sluice::reset_after(calculation, config, now);
  }
};

template <class Kind>
LimitState decide_as(const LimitState& basis, const RateLimitConfig& config, RateTime now, double count,
                     LimitVerdict& verdict) {
  const auto moment = std::max(now, basis.as_of);
  const auto taken = Kind::calculate(basis, config, moment, count);
  verdict.ok = !(taken.balance < 0);
  const auto left = verdict.ok ? taken : Kind::calculate(basis, config, moment, 0);
  verdict.limit = config.maximum();
  verdict.remaining = std::max(0.0, left.balance);
  if (taken.retry_after)
    verdict.retry_after = *taken.retry_after + (moment - now);
  if (const auto reset = Kind::reset_after(left, config, moment); reset > RateDuration::zero())
    verdict.reset_after = reset + (moment - now);
  return taken.state;
}

/// Fills in the verdict, a new one, and returns what is to be written if it is ok.
inline LimitState decide_simply(const LimitState& basis, const RateLimitConfig& config, RateTime now, double count,
                                LimitVerdict& verdict) {
  return config.kind == LimitKind::token_bucket ? decide_as<TokenBucket>(basis, config, now, count, verdict)
                                                : decide_as<AnyKind>(basis, config, now, count, verdict);
}

/// Admits what a dry run refused, and tells.
inline void admit_dry_run(const LimitRequest& request, LimitVerdict& verdict) {
  verdict.would_refuse = request.dry_run && !verdict.ok;
  verdict.ok = verdict.ok || verdict.would_refuse;
}

} // namespace sluice::core
