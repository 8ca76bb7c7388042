// One owner's part of the stored rate limits: their definitions, their buckets, and what of them
// is not stored yet.
//
// Every call is a step, which happens as a whole or not at all. A step is decided on top of the
// steps before it, also of those that are still on their way to the disk; it is answered when it
// is stored. If one cannot be stored, none that was decided on top of it is, and `refused`
// makes everything what the store has. Pure; the caller reads the store and writes it.
#pragma once

#include <deque>
#include <functional>
#include <set>

#include "actors/core/rate_limits.hpp"
#include "sluice/stored_limits.hpp"

namespace sluice::core {

struct PartitionOptions {
  std::size_t max_limits;
  std::size_t max_buckets;
  ReservationId first_reservation; ///< Above all ids of processes before.
  RateLimiterOptions limits; ///< The clock is not used.
};

/// A definition as it is to be; empty if it is to be none.
struct DefinitionChange {
  std::string name;
  std::optional<LimitDefinition> definition;
};

/// What a step wants stored before it is answered.
struct UnstoredStep {
  std::vector<LimitRowChange> rows;
  std::vector<DefinitionChange> definitions;
  std::vector<ReservationChange> reservations;

  bool empty() const { return rows.empty() && definitions.empty() && reservations.empty(); }
};

class LimitPartition {
public:
  /// A name and a key of it.
  using Bucket = std::pair<std::string, std::optional<std::string>>;
  /// Reads the rows of one bucket from the store.
  using Fetch = std::function<std::vector<LimitRow>(std::string_view name, std::optional<std::string_view> key)>;

  LimitPartition(PartitionOptions options, Fetch fetch);

  class Step;

  /// What is stored of definitions and rows, as the process before left it. Until `rows_complete`
  /// the rows of a bucket are fetched when it is used first.
  void take_in(const LimitDefinitions& definitions);
  void take_in(const std::vector<ReservationChange>& reservations);
  /// Returns those that should not be stored any more, to be removed as a step of its own.
  UnstoredStep take_in(const std::vector<LimitRow>& rows);
  void rows_complete();
  bool has_all_rows() const { return complete_; }

  const LimitDefinitions& definitions() const { return definitions_; }
  /// Calls that change nothing.
  Result<LimitReading> read(RateTime now, const BucketQuery& query);

  /// The oldest step that was not stored yet is now.
  void stored() { unstored_.pop_front(); }
  /// It cannot be stored, and so neither can those after it.
  void refused();
  std::size_t unstored_steps() const { return unstored_.size(); }

  std::size_t rows() const { return limits_.row_count(); }
  /// Forgets names of which nothing is left; looks at no more than `names`. Not within a step.
  void forget_names(std::size_t names) { limits_.forget_names(names); }

private:
  struct Undo {
    std::vector<LimitRowChange> rows;
    std::vector<DefinitionChange> definitions;
    std::vector<ReservationChange> reservations;
  };

  /// Brings the rows of a bucket into memory if they are not.
  void need(std::string_view name, std::optional<std::string_view> key);
  void set(const DefinitionChange& change);
  bool is_stored(std::string_view name) const;
  void undo(const Undo& undo);

  PartitionOptions options_;
  Fetch fetch_;
  RateLimits limits_;
  LimitDefinitions definitions_;
  std::deque<Undo> unstored_; ///< How to undo each step that is not stored yet.
  bool complete_ = false;
  std::set<Bucket> fetched_; ///< Until all rows are here.
};

/// A step under way; undone unless it is finished. One at a time.
class LimitPartition::Step final : public LimitTransaction {
public:
  Step(LimitPartition& partition, RateTime now);
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step() override;

  Result<LimitVerdict> limit(std::string_view name, const LimitRequest& request) override;
  Result<LimitVerdict> check(std::string_view name, const LimitRequest& request) override;
  Result<CombinedVerdict> limit_all(std::span<const LimitDemand> demands) override;
  void reset(std::string_view name, std::optional<std::string_view> key) override;
  Result<void> credit(std::string_view name, double count, const ValueRequest& request) override;
  Result<Reservation> reserve(std::string_view name, const ReserveRequest& request) override;
  Result<bool> commit(ReservationId id, double used) override;

  Result<LimitAnswer> limit(const BucketRequest& request);
  Result<LimitAnswer> check(const BucketRequest& request);
  Result<CombinedAnswer> limit_all(const std::vector<BucketRequest>& requests);
  Result<void> credit(const BucketQuery& bucket);
  Result<ReservationAnswer> reserve(const ReservationRequest& request);
  /// False, too, if the reservation is of another limit.
  Result<bool> commit(std::string_view name, ReservationId id, double used);
  Result<void> define(std::string_view name, const LimitDefinition& definition);
  Result<void> drop(std::string_view name);
  /// Forgets reservations that have expired, and buckets that are full again; looks at no more than `places`.
  void evict(std::size_t places);
  /// Buckets that may have more than before, by other means than time.
  const std::vector<Bucket>& loosened() const { return loosened_; }

  /// Done, as far as memory is concerned. What is returned must be stored, if there is anything, or if
  /// `always`; then `stored` or `refused` must follow.
  UnstoredStep finish(bool always = false);

private:
  Result<void> admit(std::string_view name, const LimitRequest& request);
  Result<LimitAnswer> answer(const BucketRequest& request, const LimitRequest& asked,
                             const Result<LimitVerdict>& verdict) const;
  LimitAnswer answer(const LimitVerdict& verdict, std::string_view name,
                     const std::optional<LimitDefinition>& definition) const;
  void note_durability(std::string_view name, const std::optional<LimitDefinition>& definition);
  void loosen(std::string_view name, std::optional<std::string_view> key);
  bool is_to_be_stored(std::string_view name) const;
  std::vector<LimitRowChange> rows_to_store() const;
  std::vector<ReservationChange> stored_reservations(const std::vector<ReservationChange>& before) const;

  LimitPartition& partition_;
  RateTime now_;
  RateLimits::Savepoint savepoint_;
  std::vector<DefinitionChange> definitions_before_;
  std::set<std::string, std::less<>> memory_names_; ///< Without a definition, and not to be stored.
  std::vector<Bucket> loosened_;
  bool open_ = true;
};

} // namespace sluice::core
