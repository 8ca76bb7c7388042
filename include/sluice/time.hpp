// The two clocks of sluice, and how time is passed in.
//
// Limits and timeouts run on the steady clock; not-before times, signatures and
// everything a user reads run on the wall clock. Nothing below the facade reads
// a clock by itself: it is given a `Now`.
#pragma once

#include <chrono>
#include <functional>

namespace sluice {

using Duration = std::chrono::nanoseconds;

/// An instant of the steady clock; never goes back.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// An instant of the wall clock, in milliseconds since 1970 (UTC); may jump.
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// One moment, read on both clocks.
struct Now {
  TimePoint steady{};
  WallTime wall{};
};

/// Tells the time; must be callable from the thread that runs the scheduler.
using Clock = std::function<Now()>;

/// The clock of the operating system.
Clock system_clock();

} // namespace sluice
