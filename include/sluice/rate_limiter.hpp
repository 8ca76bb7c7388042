// A rate limiter inside a program: named limits, a bucket for each key, and `reset` to give
// a key a fresh start.
//
//   sluice::RateLimiter limiter({{"failedLogins", {.rate = 10, .period = 1h}}});
//   auto verdict = limiter.limit("failedLogins", {.key = email});
//   if (verdict && verdict->ok) …
//   limiter.reset("failedLogins", {.key = email});
//
// A plain object: no thread, no store, no network; what it holds is gone with it, unless the
// program keeps `rows` and gives them back to `load`. The kinds of limits, their units and
// ranges are in rate_limit.hpp.
//
// **Threads.** Not thread-safe: one owner, or a lock around each call or transaction.
//
// **Errors.** A refusal is no error: it is a verdict with `ok == false`. An `Error` means that
// the call made no sense, whatever the bucket holds; nothing was written then, and
// `Error::field` names the argument. `not_found`: the limit has no configuration.
// `invalid_argument`: a value out of range, or a count that no bucket could ever hold
// (spec §5). `overloaded`: too many open reservations.
//
// **What the reference gets wrong** (spec §11) is right here unless
// `Compatibility::reference` is asked for: a `max_reserved` of 0 means none, not unbounded.
// Values that are not finite, periods of 0 and below, and negative rates are refused. Two
// shards together serve what neither can alone, also while they are unused. A refused first
// call keeps the window start that it drew, so that its `retry_after` holds. `get_value` of a
// sharded limit shows the shard's share of the configuration. A reservation that would never
// come true (rate 0) is refused. A clock that steps back neither grants nor takes tokens: a bucket stands still until
// the clock is where it was at its last write, a sliding window until it is in the same window.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/rate_limit.hpp"
#include "sluice/result.hpp"

namespace sluice {

/// Tells the time; may go back.
using RateClock = std::function<RateTime()>;

/// The clock of the operating system.
RateClock system_rate_clock();

/// Numbers from a generator of its own, seeded by the operating system.
RandomDraws system_random_draws();

/// A number that nobody outside can know.
std::uint64_t system_hash_seed();

/// Numbers that are the same for the same seed on every machine, for tests. Copies draw on by themselves.
RandomDraws seeded_random_draws(std::uint64_t seed);

struct RateLimiterOptions {
  RateClock clock = system_rate_clock(); ///< Read once a call, once a transaction.
  RandomDraws random = system_random_draws();
  Compatibility compatibility = Compatibility::sane;
  std::size_t max_reservations = 100'000; ///< Open handles at most.
  /// Decides only where buckets lie in memory: with it secret, nobody can choose keys that collide.
  std::uint64_t hash_seed = system_hash_seed();
};

using NamedLimits = std::map<std::string, RateLimitConfig, std::less<>>;

/// What is asked of a limit. Texts are only read during the call.
struct LimitRequest {
  /// Whose bucket: any bytes. Empty is the bucket that all share; that of "" is another one.
  std::optional<std::string_view> key{};
  /// How many tokens, at most 1e18. 0 asks whether the bucket is out of debt. Below 0 gives tokens,
  /// for the moment even above the capacity; while in debt such a gift counts only if it
  /// ends the debt or with `reserve`, so `credit` is the better way (spec §7).
  double count = 1;
  /// Takes tokens that are not there yet, within `max_reserved`. With `ok` and a `retry_after`
  /// the tokens are the caller's, who starts that much later without asking again. Whoever
  /// reserves later waits longer; who does not reserve is refused while there is debt.
  bool reserve = false;
  /// Throws `RateLimited` instead of answering, and takes nothing, whenever there is anything
  /// to wait for: with `reserve` also for a reservation.
  bool throws = false;
  /// Shadow mode: consumes what fits, and admits what does not without consuming;
  /// `would_refuse` tells. Never throws.
  bool dry_run = false;
  /// Instead of the named configuration, for this call; of the same kind, or both of spec §3.
  std::optional<RateLimitConfig> config{};
};

/// The answer to a request. The numbers of a sharded limit concern the shards looked at (one or two).
struct LimitVerdict {
  bool ok = false;
  /// Refused: until this call would fit, without debt. Granted: until the reserved tokens are
  /// there; empty if they are. May have a fraction, so wait up to the next whole millisecond.
  std::optional<RateDuration> retry_after{};
  double limit = 0; ///< The most that the bucket holds.
  double remaining = 0; ///< What could be taken next without waiting; never below 0.
  RateDuration reset_after{}; ///< Until the bucket is full again if nothing more is taken.
  bool would_refuse = false; ///< In a dry run: this was admitted only because it is one.
};

/// Thrown where `LimitRequest::throws` asks for it.
class RateLimited : public std::runtime_error {
public:
  RateLimited(std::string_view name, RateDuration retry_after);

  const std::string& name() const noexcept { return name_; }
  RateDuration retry_after() const noexcept { return retry_after_; }

private:
  std::string name_;
  RateDuration retry_after_;
};

/// One of several requests that are granted together.
struct LimitDemand {
  std::string_view name;
  LimitRequest request{}; ///< `throws` and `dry_run` do not count here.
};

struct CombinedVerdict {
  bool ok = false;
  std::optional<RateDuration> retry_after{}; ///< The longest of all.
  std::optional<std::size_t> binding{}; ///< Which demand asks for that wait, the first if several do.
  std::vector<LimitVerdict> verdicts{}; ///< One a demand, in their order.
};

struct ResetRequest {
  std::optional<std::string_view> key{}; ///< Empty is the shared bucket only.
  std::optional<RateLimitConfig> config{}; ///< Only its `update_mode` counts.
};

struct ValueRequest {
  std::optional<std::string_view> key{};
  std::optional<double> sample_shards{}; ///< How many shards to look at; 1 if empty, at most all.
  std::optional<RateLimitConfig> config{};
};

struct PeekRequest {
  std::optional<std::string_view> key{};
  double count = 1; ///< For `retry_after`.
  std::optional<RateLimitConfig> config{};
};

/// A limit at this moment, all its shards together.
struct LimitStatus {
  double limit = 0;
  double remaining = 0; ///< Never below 0.
  RateDuration reset_after{};
  std::optional<RateDuration> retry_after{}; ///< Until some shard has `count`; empty if one has.
};

/// Names an open reservation; 0 names none. Not used twice by one limiter.
enum class ReservationId : std::uint64_t {};

struct Reservation {
  ReservationId id{}; ///< 0 if the reservation was refused.
  RateTime run_at{}; ///< When the caller may start; only if granted.
  LimitVerdict verdict{};
};

struct ReserveRequest {
  std::optional<std::string_view> key{};
  double count = 1; ///< Not below 0.
  /// How long after `run_at` the handle may still be used. Then the reservation counts as
  /// committed in full.
  RateDuration hold = std::chrono::hours{1};
  std::optional<RateLimitConfig> config{};
};

/// A bucket as data, to be stored elsewhere.
struct LimitRow {
  std::string name;
  std::optional<std::string> key{};
  std::uint32_t shard = 0;
  LimitState state{};
  std::optional<RateLimitConfig>
      config{}; ///< What wrote it, if that came with the call: by it the bucket is full again.

  bool operator==(const LimitRow&) const = default;
};

/// What a transaction did to a row.
struct LimitRowChange {
  LimitRow row; ///< Of a removed one, `state` means nothing.
  bool removed = false;
};

class RateLimiter {
public:
  explicit RateLimiter(const NamedLimits& limits = {}, RateLimiterOptions options = {});
  RateLimiter(RateLimiter&&) noexcept;
  RateLimiter& operator=(RateLimiter&&) noexcept;
  ~RateLimiter();

  /// Sets or replaces a named limit. Buckets keep their state: the new configuration applies
  /// to it, also for the time that has passed since its last write (spec §9). With another kind they begin afresh, as
  /// after `reset`, unless both kinds are of spec §3: a bucket's last write is then a window's beginning.
  Result<void> define(std::string_view name, const RateLimitConfig& config);
  /// The named limit; `not_found` if there is none.
  Result<RateLimitConfig> config(std::string_view name) const;

  /// Consumes if it fits (spec §4 to §7). What is refused writes nothing: no penalty.
  Result<LimitVerdict> limit(std::string_view name, const LimitRequest& request = {});
  /// A call of `limit` for each of `keys`, one after the other, all at the same time of the clock and otherwise like
  /// `request`, whose key and `throws` do not count: `keys[i]` has the i-th answer. Among millions of keys much faster,
  /// because what the next ones need comes from memory while one is decided; from some ten keys on. An error concerns
  /// all of them, and nothing was written.
  Result<std::vector<LimitVerdict>> limit_many(std::string_view name, std::span<const std::string_view> keys,
                                               const LimitRequest& request = {});
  /// What `limit` would answer; consumes nothing.
  Result<LimitVerdict> check(std::string_view name, const LimitRequest& request = {}) const;
  /// A hint that a call for this bucket will come soon, a few other calls from now. Among millions
  /// of keys most of a decision is waiting for memory; with the hint that goes on meanwhile.
  void prefetch(std::string_view name, std::optional<std::string_view> key = {}) const;
  /// Consumes all or nothing. The verdicts assume that the demands before were granted, so
  /// the same bucket may be named twice; what it could never hold together is an error.
  Result<CombinedVerdict> limit_all(std::span<const LimitDemand> demands);

  /// Forgets the bucket: the next request finds it full, as if never used (spec §7). All shards
  /// of exactly this name and key; other keys keep theirs. What was never used stays so. A fixed
  /// window without `start` gets a new random one. Reservations are void: their debt is gone,
  /// and their handles do nothing any more.
  void reset(std::string_view name, const ResetRequest& request = {});
  /// Gives `count` tokens back, into debt or up to the capacity, never above it.
  Result<void> credit(std::string_view name, double count, const ValueRequest& request = {});

  /// A bucket as stored, for clients that count on by themselves with `project` (spec §7).
  /// Of several sampled shards the fullest.
  Result<LimitValue> get_value(std::string_view name, const ValueRequest& request = {}) const;
  /// What is left now, over all shards. For a limit with `count` 1 and people who wait.
  Result<LimitStatus> peek(std::string_view name, const PeekRequest& request = {}) const;

  /// Reserves with a handle, for work whose cost is known only afterwards.
  Result<Reservation> reserve(std::string_view name, const ReserveRequest& request = {});
  /// Ends a reservation: what was not used goes back, what was used beyond it is charged, into
  /// debt if need be, by the configuration that the bucket has by now. False if the handle is not
  /// open: used already, expired, or reset.
  Result<bool> commit(ReservationId id, double used);
  /// The same with nothing used. Reservations made later keep their times.
  bool cancel(ReservationId id);
  std::size_t open_reservations() const;

  class Transaction;
  /// Until the transaction ends, every call belongs to it and sees the same time (spec §10).
  [[nodiscard]] Transaction begin();
  /// The same at a given time, without a look at the clock.
  [[nodiscard]] Transaction begin_at(RateTime now);

  /// Carries out what limits with `UpdateMode::asynchronously` consumed so far (spec §8). If a transaction undoes that,
  /// it is still to be carried out.
  void apply_pending();

  /// All buckets with state, in no order; or those of one name and key.
  std::vector<LimitRow> rows() const;
  std::vector<LimitRow> rows(std::string_view name, std::optional<std::string_view> key = {}) const;
  std::size_t row_count() const;
  /// Puts a stored bucket back.
  void load(const LimitRow& row);
  /// Forgets all buckets.
  void clear();

  /// Forgets buckets that are full again, so that idle keys take no memory; looks at no more than
  /// `places` and goes on from there at the next call. While the configuration stays and the clock does not step back,
  /// no later verdict changes: a bucket is only forgotten if an unused one would answer the same, by the limit's
  /// configuration and by the one that came with the call that wrote it last. So a fixed window needs a `start`, and
  /// windows need whole milliseconds, as their boundaries are rounded otherwise; and kept, too, are buckets that
  /// `apply_pending` wrote, and those of the 255th configuration on that calls of one limit bring. Returns how many it
  /// forgot.
  std::size_t evict_idle(std::size_t places);

private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Several calls that take effect together, or not at all. Ends with `commit`, or undoes
/// everything when it is destroyed without one, as when an exception passes. Transactions may
/// be nested; the limiter must outlive and not be moved during one.
class [[nodiscard]] RateLimiter::Transaction {
public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  void commit();
  /// The rows written or removed so far, each once, as they are now.
  std::vector<LimitRowChange> changes() const;

private:
  friend RateLimiter;
  Transaction(Impl& limiter, RateTime now);

  struct Savepoint; ///< Where to go back to.

  Impl& limiter_;
  std::unique_ptr<Savepoint> savepoint_;
  std::optional<RateTime> outer_now_;
  bool open_ = true;
};

} // namespace sluice
