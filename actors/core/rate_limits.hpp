// A set of limits and their buckets, with the time passed in: what `RateLimiter` is without
// its clock. Each function has the contract that `sluice/rate_limiter.hpp` gives it.
//
// One owner at a time. An actor can own the buckets of its part of the keys: it loads their
// rows, decides a call over several of them in one step, and finds in `changes` what has to
// be durable before it answers.
#pragma once

#include "actors/core/rate_limit_decision.hpp"
#include "actors/core/rate_limit_pending.hpp"
#include "actors/core/rate_limit_registry.hpp"
#include "actors/core/rate_limit_reservations.hpp"

namespace sluice::core {

class RateLimits {
public:
  /// Of the options, all but the clock.
  RateLimits(const NamedLimits& limits, RateLimiterOptions options);

  Result<void> define(std::string_view name, const RateLimitConfig& config);
  /// The same with one that was checked once, by whatever rules; if it is wrong by those of today, calls say so.
  void define_unchecked(std::string_view name, const RateLimitConfig& config);
  /// Whether a definition would make the limit forget its buckets.
  bool begins_afresh(std::string_view name, const RateLimitConfig& config) const;
  Result<RateLimitConfig> config(std::string_view name) const;
  /// The configuration is no longer in force; buckets stay until they are full.
  void drop(std::string_view name);

  /// What `is_thrown` names was not written.
  Result<LimitVerdict> limit(RateTime now, std::string_view name, const LimitRequest& request);
  Result<std::vector<LimitVerdict>> limit_many(RateTime now, std::string_view name,
                                               std::span<const std::string_view> keys, LimitRequest request);
  Result<LimitVerdict> check(RateTime now, std::string_view name, const LimitRequest& request) const;
  void prefetch(std::string_view name, std::optional<std::string_view> key) const;
  Result<CombinedVerdict> limit_all(RateTime now, std::span<const LimitDemand> demands);

  void reset(std::string_view name, const ResetRequest& request);
  Result<void> credit(RateTime now, std::string_view name, double count, const ValueRequest& request);

  Result<LimitValue> get_value(std::string_view name, const ValueRequest& request) const;
  Result<LimitStatus> peek(RateTime now, std::string_view name, const PeekRequest& request) const;

  Result<Reservation> reserve(RateTime now, std::string_view name, const ReserveRequest& request,
                              bool in_memory = false);
  /// Commits if `used` is not 0, else cancels.
  Result<bool> settle(RateTime now, ReservationId id, double used);
  std::size_t open_reservations() const { return reservations_.size(); }
  /// Null if it is not open.
  const OpenReservation* reservation(ReservationId id) const { return reservations_.find(id); }
  void number_reservations_from(ReservationId first) { reservations_.number_from(first); }
  void drop_expired(RateTime now) { reservations_.drop_expired(now); }

  void apply_pending();

  std::vector<LimitRow> rows() const;
  std::vector<LimitRow> rows(std::string_view name, std::optional<std::string_view> key) const;
  /// Of all keys.
  std::vector<LimitRow> rows_of(std::string_view name) const;
  std::size_t row_count() const { return table_.size(); }
  /// Bytes of the buckets' array.
  std::size_t memory() const { return table_.memory(); }
  void load(const LimitRow& row);
  /// As `load`, but no part of the transaction that is open.
  void take_in(const LimitRow& row);
  void clear();
  std::size_t evict_idle(RateTime now, std::size_t places);
  /// Forgets names that have neither buckets nor a configuration; looks at no more than `names`. Not while a
  /// transaction is open.
  void forget_names(std::size_t names);

  /// Where a transaction began. They nest: the last one opened ends first.
  struct Savepoint {
    std::size_t rows = 0;
    std::size_t reservations = 0;
    std::size_t pending = 0;
    std::size_t applied = 0;
  };
  Savepoint open_transaction();
  void commit();
  void roll_back(const Savepoint& savepoint);
  std::vector<LimitRowChange> changes(const Savepoint& savepoint) const;
  /// The same rows as they were before.
  std::vector<LimitRowChange> rows_before(const Savepoint& savepoint) const;
  std::vector<ReservationChange> reservation_changes(const Savepoint& savepoint) const {
    return reservations_.changes(savepoint.reservations);
  }
  std::vector<ReservationChange> reservations_before(const Savepoint& savepoint) const {
    return reservations_.before(savepoint.reservations);
  }
  /// Makes rows what `rows_before` said.
  void restore(const std::vector<LimitRowChange>& rows);
  void restore(const ReservationChange& change) { reservations_.restore(change); }

private:
  /// A configuration in force, checked.
  struct Plan {
    const RateLimitConfig* config;
    LimitNumber number; ///< `unknown` while the name has none.
    std::uint32_t shards;
    bool came_with_call;

    RowId row(std::optional<std::string_view> key, std::uint32_t shard = 0) const { return {number, key, shard}; }
    RateLimitConfig share() const { return share_of(*config, shards); }
  };
  static constexpr LimitNumber unknown = UINT32_MAX;

  const RateLimitConfig* config_in_force(std::string_view name, const std::optional<RateLimitConfig>& config) const;
  Result<Plan> plan(std::string_view name, const std::optional<RateLimitConfig>& config) const;
  RowSource source(const RateLimitConfig& config) const;

  /// A checked request.
  class Call {
  public:
    Call(const Plan& plan, const LimitRequest& request, Compatibility compatibility);
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    std::optional<RateLimitConfig> share; ///< Empty if there is one shard.
    LimitCall checked;
  };
  Result<Plan> plan_call(std::string_view name, const LimitRequest& request) const;
  /// What a refused call leaves behind.
  enum class Refusal {
    none, ///< But the window start that was drawn.
    debt, ///< What it asked for is taken all the same, for who wants to know what others after it would be told.
  };
  Result<LimitVerdict> limit(RateTime now, std::string_view name, const LimitRequest& request, const Plan& plan,
                             Refusal refusal = Refusal::none);
  /// By far the most calls: one bucket, of a limit that was checked when it was defined, and no debt. The same
  /// decision as the other way, without what only others need.
  static bool is_simple(const RegisteredLimit& limit, const LimitRequest& request);
  void limit_simply(RateTime now, const RateLimitConfig& config, const RowId& id, const LimitState* row,
                    const LimitRequest& request, LimitVerdict& verdict);
  void limit_many_simply(RateTime now, LimitNumber limit, std::span<const std::string_view> keys,
                         const LimitRequest& request, std::span<LimitVerdict> verdicts);

  void consume(RateTime now, std::string_view name, const LimitRequest& request, Plan plan,
               const LimitDecision& decision);
  void keep_starts(std::string_view name, const LimitRequest& request, Plan plan, const LimitDecision& decision);

  Result<void> check_together(std::span<const LimitDemand> demands, std::span<const double> sums) const;
  /// Of demands that were checked.
  CombinedVerdict try_all(RateTime now, std::span<const LimitDemand> demands);
  void tell_waits_together(RateTime now, std::span<const LimitDemand> demands, std::span<const double> sums,
                           CombinedVerdict& combined) const;
  std::vector<LimitRow> drawn_starts(const Savepoint& savepoint) const;
  void forget_buckets(LimitNumber limit);

  ConfigNumber writer_of(const Plan& plan);
  void write(const RowId& id, const LimitState& state, ConfigNumber writer);
  void note_shard(const RowId& id);
  /// The same where `row` is known: what `find` returned, or null if there was none.
  void write(const RowId& id, const LimitState* row, const LimitState& state, ConfigNumber writer);
  void erase(const RowId& id);
  std::optional<RateLimitConfig> share_in_force(const RowId& id) const;
  /// Takes `count` out, or puts it back if it is below 0, whatever the limit says.
  void charge(RateTime now, const RowId& id, const RateLimitConfig& share, double count);
  void apply_batch(std::size_t count);
  void undo_pending(const Savepoint& savepoint);
  Result<LimitValue> sampled_value(const Plan& plan, const ValueRequest& request) const;
  bool is_idle(const RateLimitTable::Row& row, RateTime now) const;
  LimitRow row_of(const RowId& id, const LimitState& state, ConfigNumber writer) const;
  LimitRowChange change_of(const RowId& id, const LimitState* state, ConfigNumber writer) const;
  ConfigNumber writer_of(const LimitRow& row, LimitNumber limit);
  /// Calls `visit` with the oldest entry of each row that changed since.
  template <class Visit>
  void for_each_changed(const Savepoint& savepoint, Visit visit) const;

  RandomDraws random_;
  Compatibility compatibility_;
  RateLimitRegistry registry_;
  RateLimitTable table_;
  RateLimitJournal journal_;
  PendingUpdates pending_;
  PendingUpdates applied_; ///< Since the outermost transaction began.
  ReservationBook reservations_;
  std::size_t next_place_ = 0; ///< Where `evict_idle` goes on.
  LimitNumber next_name_ = 0; ///< Where `forget_names` goes on.
};

} // namespace sluice::core
