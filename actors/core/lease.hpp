// How the starts of a rate period are made safe against a crash before they happen.
//
// Starts are not written. Instead a window is leased ahead: the key's row says "up to so many
// are spent" before they are used, so the rate is never exceeded, and a crash loses one lease.
#pragma once

#include "sluice/flow_control.hpp"

namespace sluice::core {

/// Periods up to this long are not leased: after a crash such a key waits one period.
inline constexpr Duration longest_unleased_period = std::chrono::seconds{5};

/// True if starts under `limits` need a lease that the store knows.
bool is_leased(const FlowLimits& limits);

/// How many starts one lease covers: those of a second on average, at least one.
std::int64_t lease_size(const FlowLimits& limits);

} // namespace sluice::core
