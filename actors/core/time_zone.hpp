// How far the clocks of a place are from UTC, as plain data: where it comes from is not the
// core's concern (`actors/time_zones.hpp` reads the IANA database).
#pragma once

#include <chrono>
#include <functional>

namespace sluice::core {

/// A stretch of time in which a place keeps the same distance from UTC.
struct OffsetPeriod {
  std::chrono::sys_seconds begin = std::chrono::sys_seconds::min(); ///< `min()`: it has always been so.
  std::chrono::sys_seconds end = std::chrono::sys_seconds::max(); ///< Not part of it; `max()`: it stays so.
  std::chrono::seconds offset{0}; ///< Local time is UTC plus this; less than a day either way.
};

/// Answers the period that holds an instant. Periods border on each other, and every zone
/// has a last one. Anything that is copied into it must stay valid as long as it does.
using TimeZone = std::function<OffsetPeriod(std::chrono::sys_seconds)>;

/// The zone of UTC.
inline OffsetPeriod utc(std::chrono::sys_seconds) { return {}; }

} // namespace sluice::core
