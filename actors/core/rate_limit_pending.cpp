#include "actors/core/rate_limit_pending.hpp"

#include "actors/core/rate_limit_arithmetic.hpp"

namespace sluice::core {

PendingBucket::PendingBucket(const LimitState* existing) {
  if (existing)
    existing_ = next_ = *existing;
}

void PendingBucket::apply(const PendingUpdate& update, const RandomDraws& random) {
  if (update.is_reset()) {
    next_.reset();
    return;
  }
  const auto now = not_before(update.at);
  if (!next_)
    next_ = fresh_state(*update.config, now, random);
  next_ = calculate(*next_, *update.config, now, update.count).state;
}

// A bucket does not go back in time, not even past a reset in the same batch.
RateTime PendingBucket::not_before(RateTime at) const {
  auto latest = at.time_since_epoch().count();
  for (const auto& state : {existing_, next_}) {
    if (state)
      latest = javascript_max(latest, state->as_of.time_since_epoch().count());
  }
  return RateTime{RateDuration{latest}};
}

} // namespace sluice::core
