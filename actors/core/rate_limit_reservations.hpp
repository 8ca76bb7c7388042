// The open reservations of a limiter: who took how much from which shards, until they are
// settled, expire, or their bucket is reset. Pure; one owner.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sluice/rate_limiter.hpp"

namespace sluice::core {

/// What one reservation took.
struct OpenReservation {
  struct Part {
    std::uint32_t shard = 0;
    double count = 0;

    bool operator==(const Part&) const = default;
  };

  std::string name;
  std::optional<std::string> key;
  RateLimitConfig share; ///< Of one shard.
  std::vector<Part> parts;
  double count = 0;
  RateTime expires_at{};
  bool in_memory = false; ///< Ends with the process.

  bool operator==(const OpenReservation&) const = default;
};

/// A reservation as it is to be; empty if it is to be none.
struct ReservationChange {
  ReservationId id{};
  std::optional<OpenReservation> reservation;
};

class ReservationBook {
public:
  explicit ReservationBook(std::size_t capacity) : capacity_(capacity) {}

  bool is_full() const noexcept { return open_.size() >= capacity_; }
  std::size_t size() const noexcept { return open_.size(); }

  ReservationId add(OpenReservation reservation);
  /// The next id is this one or a later one.
  void number_from(ReservationId first) { last_id_ = std::max(last_id_, static_cast<std::uint64_t>(first) - 1); }
  /// Null if it is not open.
  const OpenReservation* find(ReservationId id) const;
  /// Takes a reservation out, if it is open.
  std::optional<OpenReservation> take(ReservationId id);
  /// Drops all of one bucket.
  void drop(const std::string& name, const std::optional<std::string>& key);
  void clear();
  /// Drops all that expire at `now` or before.
  void drop_expired(RateTime now);

  /// While a transaction is open, changes can be undone back to an earlier `undo_size`.
  void open_transaction() { ++transactions_; }
  void close_transaction();
  std::size_t undo_size() const noexcept { return undo_.size(); }
  void undo(std::size_t size);
  /// Those that changed since, each once: as they are now, or as they were then.
  std::vector<ReservationChange> changes(std::size_t undo_size) const;
  std::vector<ReservationChange> before(std::size_t undo_size) const;
  /// Makes a reservation what the change says; no part of the transaction that is open.
  void restore(const ReservationChange& change);

private:
  using Bucket = std::pair<std::string, std::optional<std::string>>;

  void insert(ReservationId id, OpenReservation reservation);
  OpenReservation remove(ReservationId id);

  std::size_t capacity_;
  std::uint64_t last_id_ = 0;
  std::map<ReservationId, OpenReservation> open_;
  std::set<std::pair<RateTime, ReservationId>> by_expiry_;
  std::set<std::pair<Bucket, ReservationId>> by_bucket_;

  /// What a reservation was before: empty if it was not open.
  std::vector<ReservationChange> undo_;
  std::size_t transactions_ = 0;
};

} // namespace sluice::core
