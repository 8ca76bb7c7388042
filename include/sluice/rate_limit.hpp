// A rate limit as data: its configuration, the state of one bucket, and the arithmetic
// that brings a state to another moment. Nothing here remembers anything; the object that
// keeps the buckets is in rate_limiter.hpp.
//
// Amounts are doubles ("tokens"), and so are instants and durations: milliseconds with a
// fraction, because a retry time is rarely whole. Every std::chrono duration converts to
// `RateDuration` by itself. All functions are pure and may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace sluice {

using RateDuration = std::chrono::duration<double, std::milli>;

/// An instant of the wall clock, with a fraction of a millisecond.
using RateTime = std::chrono::sys_time<RateDuration>;

/// What a random number is drawn for.
enum class Draw {
  shard, ///< The first shard of a call.
  second_shard, ///< The other one that it is compared with.
  sample, ///< A shard that `get_value` looks at.
  start, ///< Where in its first window a new fixed window begins.
};

/// Draws a number in [0, 1), uniformly.
using RandomDraws = std::function<double(Draw)>;

enum class LimitKind {
  token_bucket, ///< Refills evenly, `rate` tokens a period, up to `capacity`.
  fixed_window, ///< Gets `rate` tokens at the beginning of each window; what is left rolls over up to `capacity`.
  /// Like a token bucket, as the one instant at which it will be full again, in whole
  /// nanoseconds: nothing drifts. With `capacity` 1 it spaces calls evenly: a true cooldown. A token costs whole
  /// nanoseconds, rounded up, and so at least a microsecond: the rate is exact to a thousandth.
  gcra,
  /// About `rate` in any period, by two counters: the last window counts for the part of it
  /// that the period still covers, as if its calls had been spread evenly. Had they all come at its end, up to
  /// almost twice as many may fall into one period: for a strict cooldown take `gcra`. No reservations.
  sliding_window,
};

/// When consumption is written (spec §8).
enum class UpdateMode {
  transactionally, ///< Within the call. The default.
  asynchronously, ///< Later, by `RateLimiter::apply_pending`; calls until then do not see it.
};

/// How to treat what the reference implementation gets wrong (spec §11).
enum class Compatibility {
  sane, ///< As this manual says. The default.
  reference, ///< Exactly as the reference, bit for bit, mistakes included.
};

/// One limit (spec §2). Ranges are those of `Compatibility::sane`; the reference has none. Amounts are from 0 to 1e18:
/// beyond, a bucket could become what is not a number.
struct RateLimitConfig {
  LimitKind kind = LimitKind::token_bucket;
  /// Tokens added per period. With 0, what is taken never comes back; not for GCRA, nor is more than one a microsecond.
  double rate = 0;
  RateDuration period{}; ///< A nanosecond to 1e18 ms.
  /// The most that accumulates; `rate` if empty. Not for sliding windows. For GCRA what comes back within 95 years.
  std::optional<double> capacity{};
  /// How far below zero reservations may go; no bound if empty. The reference takes 0 for no bound.
  std::optional<double> max_reserved{};
  /// Over how many buckets the limit is spread, 1 to 1024; 1 if empty. The reference rounds.
  std::optional<double> shards{};
  /// Any instant at which a window begins; at random per bucket if empty. Not for the bucket
  /// kinds. Looked at only while the bucket has no state. Sliding windows begin at multiples
  /// of the period if empty.
  std::optional<RateTime> start{};
  std::optional<UpdateMode> update_mode{}; ///< `asynchronously` excludes `shards`.

  double maximum() const { return capacity.value_or(rate); }
  bool is_asynchronous() const { return update_mode == UpdateMode::asynchronously; }

  bool operator==(const RateLimitConfig&) const = default;
};

/// All that is kept of one bucket (spec §1). It does not contain the configuration: each call
/// brings that along, and a changed one applies to the time since `as_of` (spec §9).
struct LimitState {
  double value = 0; ///< Tokens left as of `as_of`; below 0 with reservations, above the maximum after a gift.
  /// Token bucket: the last write. Windows: the beginning of the window of the last write.
  /// GCRA: the last write, too; with another configuration it is full again when it would have been.
  RateTime as_of{};
  /// Sliding window: taken in the window before. GCRA: nanoseconds until it is full again. Else 0.
  double extra = 0;

  bool operator==(const LimitState&) const = default;
};

/// A bucket at another moment.
struct Calculation {
  LimitState state; ///< To be stored if the call is granted.
  double balance = 0; ///< What is left; the call fits if this is not below 0. Equals `state.value` for spec §3's kinds.
  std::optional<RateDuration> retry_after{}; ///< Until this very call would fit; only if it does not. May be infinite.
  std::optional<RateTime> window_start{}; ///< Fixed window: where `existing` stood.
};

/// The state of a bucket that nobody used yet: full (spec §3). Draws once for a fixed window
/// without `start`.
LimitState fresh_state(const RateLimitConfig& config, RateTime now, const RandomDraws& random);

/// Brings `existing` to `now` and takes `count` from it (spec §3). A token bucket and a fixed
/// window give the very bits that the reference gives. Checks nothing.
Calculation calculate(const LimitState& existing, const RateLimitConfig& config, RateTime now, double count = 0);

/// How long until the bucket is full again if nobody takes more; infinite if it never is.
RateDuration reset_after(const Calculation& calculation, const RateLimitConfig& config, RateTime now);

/// A bucket as `RateLimiter::get_value` shows it; with its configuration a client can go on
/// by itself, see `project`.
struct LimitValue {
  double value = 0; ///< As stored, as of `as_of`.
  RateTime as_of{}; ///< 1970 if the bucket has no state.
  std::uint32_t shard = 0;
  RateLimitConfig config{}; ///< With `capacity` and `shards` filled in, and `start` where the window stands.
};

/// A `LimitValue` at another moment.
struct Projection {
  double value = 0; ///< What would be left.
  RateTime as_of{};
  std::uint32_t shard = 0;
  bool ok = false; ///< `value` is not below 0.
  std::optional<RateTime> retry_at{}; ///< When the call would fit; only if it does not.
};

/// How far the server's clock is ahead of the client's, which asked at `sent` and had the
/// answer `round_trip` later (spec §7, client hook).
RateDuration clock_offset(RateTime server_time, RateTime sent, RateDuration round_trip);

/// What would be left of `value` if `count` were taken at `now`. `now`, and the instants in
/// the answer, are the client's; `offset` is how far the server is ahead.
Projection project(const LimitValue& value, RateTime now, double count = 0, RateDuration offset = {});

} // namespace sluice
