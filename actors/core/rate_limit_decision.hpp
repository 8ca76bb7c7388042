// One decision about one limit: which of its shards to take the tokens from, and whether
// they have them (spec §4, §6).
#pragma once

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
  const LimitState* row = nullptr; ///< What is stored; null if the shard was never used.
  LimitState unused; ///< What stands for it then.
  Calculation result;
  bool fits = false;

  const LimitState& basis() const { return row ? *row : unused; }
};

struct LimitDecision {
  /// `look` returns the first share, which is built in place.
  template <class Look>
  explicit LimitDecision(Look look) : first(look()) {}

  Share first;
  std::optional<Share> second{};
  bool ok = false;
  std::optional<RateDuration> retry_after{};
  /// One of the shares or both: to be written if ok, else what was looked at.
  bool is_first_chosen = true;
  bool is_second_chosen = false;

  /// Calls `visit` with each chosen share.
  template <class Visit>
  void for_each_chosen(Visit visit) const {
    if (is_first_chosen)
      visit(first);
    if (is_second_chosen)
      visit(*second);
  }
};

/// A shard's part of a configuration.
RateLimitConfig share_of(const RateLimitConfig& config, std::uint32_t shards);

/// The state of a shard without a row; may draw. In `Compatibility::sane` it is in its current window
/// already, so that a start in the future does not look like a clock that stepped back.
LimitState unused_state(const RateLimitConfig& share, RateTime now, const RandomDraws& random,
                        Compatibility compatibility);

/// The moment at which a bucket stands: now, or that of its last write if the clock has stepped back since.
/// `Compatibility::reference` follows the clock.
RateTime moment_of(const LimitState& basis, RateTime now, Compatibility compatibility);

/// Brings a stored state to its moment.
Calculation advance(const LimitState& basis, const RateLimitConfig& config, RateTime now, double count,
                    Compatibility compatibility);

/// From `now` until a bucket is full again that was brought to `moment`.
RateDuration time_to_full(const Calculation& left, const RateLimitConfig& config, RateTime now, RateTime moment);

LimitDecision decide(const LimitCall& call, RateTime now, const RowSource& rows, const RandomDraws& random);

/// Fills in what the decision means for the caller.
void describe(const LimitDecision& decision, const LimitCall& call, RateTime now, LimitVerdict& verdict);

/// Whether `LimitRequest::throws` throws this verdict.
bool is_thrown(const LimitRequest& request, const LimitVerdict& verdict);

} // namespace sluice::core
