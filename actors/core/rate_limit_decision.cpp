#include "actors/core/rate_limit_decision.hpp"

#include <algorithm>
#include <cmath>

#include "actors/core/rate_limit_arithmetic.hpp"

namespace sluice::core {

namespace {

class Decider {
public:
  Decider(const LimitCall& call, RateTime now, RowSource rows, const RandomDraws& random)
      : call_(call), now_(now), rows_(rows), random_(random) {}

  Decision decide() const {
    const auto first = draw_first();
    auto one = look_at(first);
    if (is_settled_by(one))
      return single(one);
    auto two = look_at(draw_second(first));
    if (one.fits && two.fits)
      return single(one.result.balance > two.result.balance ? one : two);
    if (one.fits || two.fits)
      return single(one.fits ? one : two);
    return combined(one, two);
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
    return call_.shards == 1 || (is_reference() && (one.is_unused || call_.shards < 3));
  }

  Share look_at(std::uint32_t shard) const {
    Share share;
    share.shard = shard;
    share.count = call_.count;
    auto row = call_.row;
    row.shard = shard;
    const auto* state = rows_.find(row);
    share.is_unused = state == nullptr;
    share.basis = state ? *state : unused();
    evaluate(share);
    return share;
  }

  LimitState unused() const { return unused_state(call_.config, now_, random_, call_.compatibility); }

  void evaluate(Share& share) const {
    share.result = advance(share.basis, call_.config, now_, share.count, call_.compatibility);
    share.fits = fits(share.result);
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

  Decision single(const Share& share) const { return {share.fits, share.result.retry_after, {share}, 1}; }

  // Takes from both so that the same is left in both.
  Decision combined(Share one, Share two) const {
    const auto half = (one.result.balance + two.result.balance + call_.count) / 2;
    one.count = one.result.balance + call_.count - half;
    two.count = two.result.balance + call_.count - half;
    evaluate_again(one);
    evaluate_again(two);
    return {one.fits && two.fits, longer(one.result.retry_after, two.result.retry_after), {one, two}, 2};
  }

  void evaluate_again(Share& share) const {
    if (share.is_unused && is_reference())
      share.basis = unused();
    evaluate(share);
  }

  static std::optional<RateDuration> longer(std::optional<RateDuration> a, std::optional<RateDuration> b) {
    if (!a || !b)
      return a ? a : b;
    return RateDuration{javascript_max(a->count(), b->count())};
  }

  const LimitCall& call_;
  RateTime now_;
  RowSource rows_;
  const RandomDraws& random_;
};

// Where `as_of` is the moment of a write or before it, later than now means that the clock stepped back.
bool has_stepped_back(const LimitState& basis, const RateLimitConfig& config, RateTime now) {
  return config.kind != LimitKind::gcra && basis.as_of > now;
}

} // namespace

RateLimitConfig share_of(const RateLimitConfig& config, std::uint32_t shards) {
  auto share = config;
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

Calculation advance(const LimitState& basis, const RateLimitConfig& config, RateTime now, double count,
                    Compatibility compatibility) {
  if (compatibility == Compatibility::reference || !has_stepped_back(basis, config, now))
    return calculate(basis, config, now, count);
  auto result = calculate(basis, config, basis.as_of, count);
  if (result.retry_after)
    *result.retry_after += basis.as_of - now;
  return result;
}

Decision decide(const LimitCall& call, RateTime now, RowSource rows, const RandomDraws& random) {
  return Decider(call, now, rows, random).decide();
}

LimitVerdict verdict_of(const Decision& decision, const LimitCall& call, RateTime now) {
  LimitVerdict verdict{decision.ok, decision.retry_after, 0, 0, {}, false};
  for (std::size_t i = 0; i < decision.share_count; ++i) {
    const auto& share = decision.shares[i];
    // What was refused stays there.
    const auto left = share.result.balance + (decision.ok ? 0 : share.count);
    verdict.limit += call.config.maximum();
    verdict.remaining += std::max(0.0, left);
    auto after = share.result;
    if (!decision.ok)
      after = advance(share.basis, call.config, now, 0, call.compatibility);
    verdict.reset_after = std::max(verdict.reset_after, reset_after(after, call.config, now));
  }
  return verdict;
}

bool is_thrown(const LimitRequest& request, const LimitVerdict& verdict) {
  if (!request.throws || request.dry_run || !verdict.retry_after)
    return false;
  return verdict.retry_after->count() != 0 && !std::isnan(verdict.retry_after->count());
}

} // namespace sluice::core
