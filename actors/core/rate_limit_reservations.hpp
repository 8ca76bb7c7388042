// The open reservations of a limiter: who took how much from which shards, until they are
// settled, expire, or their bucket is reset. Pure; one owner.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "sluice/rate_limiter.hpp"

namespace sluice::core {

/// What one reservation took.
struct OpenReservation {
  std::string name;
  std::optional<std::string> key;
  RateLimitConfig share; ///< Of one shard.
  struct Part {
    std::uint32_t shard = 0;
    double count = 0;
  };
  std::vector<Part> parts;
  double count = 0;
  RateTime expires_at{};
};

class ReservationBook {
public:
  explicit ReservationBook(std::size_t capacity) : capacity_(capacity) {}

  bool is_full() const noexcept { return open_.size() >= capacity_; }
  std::size_t size() const noexcept { return open_.size(); }

  ReservationId add(OpenReservation reservation);
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
  std::vector<std::pair<ReservationId, std::optional<OpenReservation>>> undo_;
  std::size_t transactions_ = 0;
};

} // namespace sluice::core
