#include "actors/store/memory_limits.hpp"

namespace sluice {

std::vector<LimitRow> MemoryLimits::bucket(std::string_view name, std::optional<std::string_view> key) {
  std::vector<LimitRow> rows;
  const Id first{name, key, 0};
  for (auto at = rows_.lower_bound(first); at != rows_.end(); ++at) {
    if (at->second.name != name || at->second.key != key)
      break;
    rows.push_back(at->second);
  }
  return rows;
}

std::vector<LimitRow> MemoryLimits::rows_after(const LimitRow* after, std::size_t limit) {
  std::vector<LimitRow> rows;
  auto at = after ? rows_.upper_bound(id_of(*after)) : rows_.begin();
  for (; at != rows_.end() && rows.size() < limit; ++at)
    rows.push_back(at->second);
  return rows;
}

std::vector<core::ReservationChange> MemoryLimits::reservations() {
  std::vector<core::ReservationChange> found;
  for (const auto& [id, reservation] : reservations_)
    found.push_back({id, reservation});
  return found;
}

void MemoryLimits::apply(SaveReservation& save) {
  auto& [id, reservation] = save.change;
  if (reservation)
    reservations_.insert_or_assign(id, *std::move(reservation));
  else
    reservations_.erase(id);
}

void MemoryLimits::apply(SaveLimitRows& change) {
  last_time_ = std::max(last_time_, change.at);
  for (const auto& [row, removed] : change.rows) {
    if (removed)
      rows_.erase(id_of(row));
    else
      rows_.insert_or_assign(id_of(row), row);
  }
}

} // namespace sluice
