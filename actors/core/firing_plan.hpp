// What a schedule makes up for when it comes late: after a restart, or after a stall (spec §6.7).
#pragma once

#include <optional>

#include "actors/core/cron.hpp"

namespace sluice::core {

/// A firing that is later than this is not made up for.
inline constexpr std::chrono::milliseconds late_firing_grace = std::chrono::minutes{1};

struct FiringPlan {
  std::optional<WallTime> fires_for; ///< The one firing that is carried out now; empty if all are too late.
  WallTime next{}; ///< The first one behind `now`.
};

/// `due` is the first firing that was not carried out. Of those up to `now` it picks the last one, if
/// that is within the grace, and skips the others. Precondition: due <= now.
FiringPlan plan_firing(const Cron& cron, const TimeZone& zone, WallTime due, WallTime now);

} // namespace sluice::core
