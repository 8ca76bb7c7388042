#include "actors/core/rate_limit_reservations.hpp"

#include <cassert>

namespace sluice::core {

ReservationId ReservationBook::add(OpenReservation reservation) {
  const ReservationId id{++last_id_};
  insert(id, std::move(reservation));
  if (transactions_ > 0)
    undo_.push_back({id, std::nullopt});
  return id;
}

std::optional<OpenReservation> ReservationBook::take(ReservationId id) {
  if (!open_.contains(id))
    return std::nullopt;
  auto reservation = remove(id);
  if (transactions_ > 0)
    undo_.push_back({id, reservation});
  return reservation;
}

void ReservationBook::drop(const std::string& name, const std::optional<std::string>& key) {
  const Bucket bucket{name, key};
  for (auto found = by_bucket_.lower_bound({bucket, ReservationId{}});
       found != by_bucket_.end() && found->first == bucket; found = by_bucket_.lower_bound({bucket, ReservationId{}}))
    take(found->second);
}

void ReservationBook::clear() {
  while (!open_.empty())
    take(open_.begin()->first);
}

void ReservationBook::drop_expired(RateTime now) {
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now)
    take(by_expiry_.begin()->second);
}

void ReservationBook::close_transaction() {
  assert(transactions_ > 0);
  if (--transactions_ == 0)
    undo_.clear();
}

void ReservationBook::undo(std::size_t size) {
  for (; undo_.size() > size; undo_.pop_back())
    restore(undo_.back());
}

std::vector<ReservationChange> ReservationBook::before(std::size_t undo_size) const {
  std::vector<ReservationChange> changes;
  std::set<ReservationId> seen;
  for (auto i = undo_size; i < undo_.size(); ++i) {
    if (seen.insert(undo_[i].id).second)
      changes.push_back(undo_[i]);
  }
  return changes;
}

std::vector<ReservationChange> ReservationBook::changes(std::size_t undo_size) const {
  auto changes = before(undo_size);
  for (auto& change : changes) {
    const auto* open = find(change.id);
    change.reservation = open ? std::optional(*open) : std::nullopt;
  }
  return changes;
}

void ReservationBook::restore(const ReservationChange& change) {
  if (open_.contains(change.id))
    remove(change.id);
  if (change.reservation)
    insert(change.id, *change.reservation);
}

const OpenReservation* ReservationBook::find(ReservationId id) const {
  const auto found = open_.find(id);
  return found == open_.end() ? nullptr : &found->second;
}

void ReservationBook::insert(ReservationId id, OpenReservation reservation) {
  by_expiry_.emplace(reservation.expires_at, id);
  by_bucket_.emplace(Bucket{reservation.name, reservation.key}, id);
  open_.emplace(id, std::move(reservation));
}

OpenReservation ReservationBook::remove(ReservationId id) {
  auto taken = std::move(open_.extract(id).mapped());
  by_expiry_.erase({taken.expires_at, id});
  by_bucket_.erase({Bucket{taken.name, taken.key}, id});
  return taken;
}

} // namespace sluice::core
