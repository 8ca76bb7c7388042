// The minutes of a calendar that five cron fields select; no text, no time zone.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice::core {

/// A time as a clock on the wall shows it.
using LocalTime = std::chrono::local_seconds;

/// Bit n of a mask stands for the value n. Where both kinds of days are restricted, a day of
/// either kind matches; else both must. Precondition of the functions below: no mask is empty,
/// and none has a bit outside its range.
struct CronFields {
  std::uint64_t minutes = 0; ///< 0 … 59
  std::uint64_t hours = 0; ///< 0 … 23
  std::uint64_t days = 0; ///< Days of the month, 1 … 31
  std::uint64_t months = 0; ///< 1 … 12
  std::uint64_t weekdays = 0; ///< 0 … 6, Sunday is 0
  bool any_day = false; ///< The day of the month is not restricted.
  bool any_weekday = false; ///< The day of the week is not restricted.
};

/// False if no date can match, as with the 31st of February.
bool ever_matches(const CronFields& fields);

/// The first matching minute that is not before `from`.
///
/// Takes a step for each month that is passed over and for each day of the matching months,
/// whatever the minutes are: fewer than 500 up to a leap day eight years away, the farthest
/// that a match can be. Preconditions: `ever_matches(fields)`; the year is below 32,000.
LocalTime first_match(const CronFields& fields, LocalTime from);

} // namespace sluice::core
