// What a key's rate period is worth after the process that counted it has ended
// (design: the rate is never exceeded across a crash, and at most one lease is lost).
#pragma once

#include "actors/core/flow_controller.hpp"

namespace sluice::core {

/// Starts are not written, so a window is leased ahead: a key's row says "up to so many are
/// spent" before they are used. Shorter periods than this are not leased; after an unclean end
/// such a key waits one period.
inline constexpr Duration least_leased_period = std::chrono::seconds{5};

/// True if starts of `limits` need a lease that the store knows.
bool is_leased(const FlowLimits& limits);

/// How many starts one lease covers: those of about a second, at least one.
std::int64_t lease_size(const FlowLimits& limits);

/// Who wrote a key's row.
enum class Writer {
  this_process, ///< The row is exact.
  same_boot, ///< A process before, since the machine started: steady times compare.
  other_boot, ///< Only wall-clock times compare.
};

/// How this process found the store.
struct Recovery {
  bool was_clean = true; ///< The process before wrote exact rows at its end.
  Now opened_at{};
};

/// The state to go on with, from a stored one. The window is never younger than the true one;
/// a wall clock that jumped holds a key back for one period at most.
FlowState recovered(FlowState stored, Writer writer, const Recovery& recovery, Now now);

} // namespace sluice::core
