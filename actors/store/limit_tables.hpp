// The part of the store's contract that is about rate limits: their definitions, and a row for
// each bucket that is not full, and their open reservations.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/core/rate_limit_reservations.hpp"
#include "sluice/stored_limits.hpp"
#include "sluice/time.hpp"

namespace sluice {

/// Writes rows, and removes those that are `removed`. `at` is the time on the clock of the limits.
struct SaveLimitRows {
  std::vector<LimitRowChange> rows;
  WallTime at{};
};
/// Creates or replaces a definition.
struct PutLimitDefinition {
  std::string name;
  LimitDefinition definition;
};
/// Forgets a definition; its rows stay.
struct DropLimitDefinition {
  std::string name;
};
/// Creates, replaces or forgets a reservation.
struct SaveReservation {
  core::ReservationChange change;
};

class LimitTables {
public:
  /// The rows of one bucket, in the order of its shards.
  virtual std::vector<LimitRow> bucket(std::string_view name, std::optional<std::string_view> key) = 0;
  /// All rows in an order that does not change, after `after`, from the first if that is null; at most `limit`.
  virtual std::vector<LimitRow> rows_after(const LimitRow* after, std::size_t limit) = 0;
  virtual LimitDefinitions definitions() = 0;
  /// All that are stored, in the order of their ids.
  virtual std::vector<core::ReservationChange> reservations() = 0;
  /// The latest `SaveLimitRows::at`; 1970 if there was none.
  virtual WallTime last_time() = 0;

protected:
  ~LimitTables() = default;
};

} // namespace sluice
