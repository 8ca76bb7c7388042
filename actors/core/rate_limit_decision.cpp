#include "actors/core/rate_limit_decision.hpp"

#include <algorithm>
#include <cmath>

#include "actors/core/rate_limit_arithmetic.hpp"

namespace sluice::core {

namespace {

// Results are built where they stay: what copying costs is more than what deciding costs.
class Decider {
public:
  Decider(const LimitCall& call, RateTime now, const RowSource& rows, const RandomDraws& random)
      : call_(call), now_(now), rows_(rows), random_(random) {}

  LimitDecision decide() const {
    LimitDecision decision([this] { return look_at(draw_first()); });
    if (is_settled_by(decision.first))
      choose_first(decision);
    else
      choose_of_two(decision);
    return decision;
  }

private:
  bool is_reference() const { return call_.compatibility == Compatibility::reference; }

  std::uint32_t draw_first() const {
    if (call_.shards == 1 && !is_reference())
      return 0;
    return static_cast<std::uint32_t>(std::floor(random_(Draw::shard) * call_.shards));
  }

  std::uint32_t draw_second(std::uint32_t first) const {
    const auto step = std::floor(random_(Draw::second_shard) * (call_.shards - 1));
    return (first + 1 + static_cast<std::uint32_t>(step)) % call_.shards;
  }

  // The reference never looks further than an unused shard, nor for the other one of two,
  // and so refuses what both have together (spec §11.6, §11.7).
  bool is_settled_by(const Share& one) const {
    return call_.shards == 1 || (is_reference() && (!one.row || call_.shards < 3));
  }

  Share look_at(std::uint32_t shard) const {
    auto id = call_.row;
    id.shard = shard;
    const auto* row = rows_.find(id);
    const auto unused = row ? LimitState{} : unused_state(call_.config, now_, random_, call_.compatibility);
    Share share{shard, call_.count, row, unused, advanced(row ? *row : unused, call_.count), false};
    share.fits = fits(share.result);
    return share;
  }

  Calculation advanced(const LimitState& basis, double count) const {
    return advance(basis, call_.config, now_, count, call_.compatibility);
  }

  bool fits(const Calculation& result) const {
    if (!(result.balance < 0))
      return true;
    if (!call_.reserve)
      return false;
    return is_reference() ? reference_allows(result) : allows(result);
  }

  bool allows(const Calculation& result) const {
    if (call_.config.max_reserved && -result.balance > *call_.config.max_reserved)
      return false;
    return std::isfinite(result.retry_after->count());
  }

  bool reference_allows(const Calculation& result) const {
    const auto bound = call_.config.max_reserved.value_or(0);
    return bound == 0 || std::isnan(bound) || -result.balance <= bound;
  }

  void choose_of_two(LimitDecision& decision) const {
    const auto& one = decision.first;
    const auto& two = decision.second.emplace(look_at(draw_second(one.shard)));
    if (!one.fits && !two.fits)
      return combine(decision);
    if (one.fits && (!two.fits || one.result.balance > two.result.balance))
      return choose_first(decision);
    decision.ok = true;
    decision.retry_after = two.result.retry_after;
    decision.is_first_chosen = false;
    decision.is_second_chosen = true;
  }

  static void choose_first(LimitDecision& decision) {
    decision.ok = decision.first.fits;
    decision.retry_after = decision.first.result.retry_after;
  }

  // Takes from both so that the same is left in both.
  void combine(LimitDecision& decision) const {
    auto& one = decision.first;
    auto& two = *decision.second;
    const auto half = (one.result.balance + two.result.balance + call_.count) / 2;
    one.count = one.result.balance + call_.count - half;
    two.count = two.result.balance + call_.count - half;
    look_again(one);
    look_again(two);
    decision.ok = one.fits && two.fits;
    decision.retry_after = longer(one.result.retry_after, two.result.retry_after);
    decision.is_second_chosen = true;
  }

  void look_again(Share& share) const {
    if (!share.row && is_reference())
      share.unused = unused_state(call_.config, now_, random_, call_.compatibility);
    share.result = advanced(share.basis(), share.count);
    share.fits = fits(share.result);
  }

  static std::optional<RateDuration> longer(std::optional<RateDuration> a, std::optional<RateDuration> b) {
    if (!a || !b)
      return a ? a : b;
    return RateDuration{javascript_max(a->count(), b->count())};
  }

  const LimitCall& call_;
  RateTime now_;
  const RowSource& rows_;
  const RandomDraws& random_;
};

} // namespace

RateLimitConfig share_of(const RateLimitConfig& config, std::uint32_t shards) {
  auto share = config;
  if (shards == 1)
    return share;
  share.rate /= shards;
  if (share.capacity)
    *share.capacity /= shards;
  if (share.max_reserved)
    *share.max_reserved /= shards;
  return share;
}

LimitState unused_state(const RateLimitConfig& share, RateTime now, const RandomDraws& random,
                        Compatibility compatibility) {
  const auto fresh = fresh_state(share, now, random);
  return compatibility == Compatibility::reference ? fresh : calculate(fresh, share, now, 0).state;
}

RateTime moment_of(const LimitState& basis, RateTime now, Compatibility compatibility) {
  return compatibility == Compatibility::reference ? now : std::max(now, basis.as_of);
}

Calculation advance(const LimitState& basis, const RateLimitConfig& config, RateTime now, double count,
                    Compatibility compatibility) {
  const auto moment = moment_of(basis, now, compatibility);
  auto result = calculate(basis, config, moment, count);
  if (result.retry_after)
    *result.retry_after += moment - now;
  return result;
}

RateDuration time_to_full(const Calculation& left, const RateLimitConfig& config, RateTime now, RateTime moment) {
  const auto reset = reset_after(left, config, moment);
  return reset > RateDuration::zero() ? reset + (moment - now) : RateDuration::zero();
}

LimitDecision decide(const LimitCall& call, RateTime now, const RowSource& rows, const RandomDraws& random) {
  return Decider(call, now, rows, random).decide();
}

void describe(const LimitDecision& decision, const LimitCall& call, RateTime now, LimitVerdict& verdict) {
  verdict.ok = decision.ok;
  verdict.retry_after = decision.retry_after;
  decision.for_each_chosen([&](const Share& share) {
    // What was refused stays there.
    const auto left = decision.ok ? share.result : advance(share.basis(), call.config, now, 0, call.compatibility);
    const auto moment = moment_of(share.basis(), now, call.compatibility);
    verdict.limit += call.config.maximum();
    verdict.remaining += std::max(0.0, left.balance);
    verdict.reset_after = std::max(verdict.reset_after, time_to_full(left, call.config, now, moment));
  });
}

bool is_thrown(const LimitRequest& request, const LimitVerdict& verdict) {
  if (!request.throws || request.dry_run || !verdict.retry_after)
    return false;
  return verdict.retry_after->count() != 0 && !std::isnan(verdict.retry_after->count());
}

} // namespace sluice::core
