// The clock that delays are measured on: the wall clock, but never going back.
//
// A wall clock that jumps forward makes delayed messages due; one that jumps back neither
// stalls what waits nor disturbs the order of acceptance (invariant 6).
#pragma once

#include <algorithm>

#include "sluice/time.hpp"

namespace sluice::core {

class DueClock {
public:
  DueClock() = default;
  /// Goes on from `last`, where another clock was before.
  DueClock(WallTime last, Now now) : offset_(Duration{last.time_since_epoch()} - now.steady.time_since_epoch()) {}

  /// The time on this clock; at least what it was before, plus the steady time since.
  WallTime read(Now now) {
    // The wall clock is read in whole milliseconds: the largest offset seen is the exact one.
    auto offset = Duration{now.wall.time_since_epoch()} - now.steady.time_since_epoch();
    offset_ = std::max(offset_, offset);
    return WallTime{std::chrono::floor<std::chrono::milliseconds>(now.steady.time_since_epoch() + offset_)};
  }

  /// A moment of the wall clock on this clock.
  WallTime translate(WallTime wall, Now now) { return wall + (read(now) - now.wall); }

private:
  Duration offset_ = Duration::min();
};

} // namespace sluice::core
