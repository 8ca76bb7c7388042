// One decision about one limit: which of its shards to take the tokens from, and whether
// they have them (spec §4, §6).
#pragma once

#include <array>

#include "actors/core/rate_limit_journal.hpp"
#include "sluice/rate_limiter.hpp"

namespace sluice::core {

/// A request that passed its checks.
struct LimitCall {
  RowId row; ///< Of any shard.
  const RateLimitConfig& config; ///< Of one shard.
  std::uint32_t shards = 1;
  double count = 1;
  bool reserve = false;
  Compatibility compatibility = Compatibility::sane;
};

/// What a decision takes from one shard.
struct Share {
  std::uint32_t shard = 0;
  double count = 0;
  LimitState basis; ///< What the shard held before.
  bool is_unused = false; ///< It has no row.
  Calculation result;
  bool fits = false;
};

struct Decision {
  bool ok = false;
  std::optional<RateDuration> retry_after;
  std::array<Share, 2> shares; ///< To be written if ok, else those that were looked at.
  std::size_t share_count = 1;
};

/// A shard's part of a configuration.
RateLimitConfig share_of(const RateLimitConfig& config, std::uint32_t shards);

/// The state of a shard without a row; may draw. In `Compatibility::sane` it is in its current window
/// already, so that a start in the future does not look like a clock that stepped back.
LimitState unused_state(const RateLimitConfig& share, RateTime now, const RandomDraws& random,
                        Compatibility compatibility);

/// Brings a stored state to `now`. In `Compatibility::sane` a clock that has stepped back
/// stands still instead.
Calculation advance(const LimitState& basis, const RateLimitConfig& config, RateTime now, double count,
                    Compatibility compatibility);

Decision decide(const LimitCall& call, RateTime now, RowSource rows, const RandomDraws& random);

LimitVerdict verdict_of(const Decision& decision, const LimitCall& call, RateTime now);

/// Whether `LimitRequest::throws` throws this verdict.
bool is_thrown(const LimitRequest& request, const LimitVerdict& verdict);

} // namespace sluice::core
