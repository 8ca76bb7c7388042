#include "actors/core/window_recovery.hpp"

#include <algorithm>

#include "actors/core/lease.hpp"

namespace sluice::core {

namespace {

// What is left of the stored window, measured from `now`.
TimePoint start_of(const RateWindow& window, Writer writer, Duration period, Now now) {
  if (writer == Writer::same_boot)
    return std::min(*window.start, now.steady);
  auto elapsed = std::clamp<Duration>(now.wall - window.started_at, Duration{0}, period);
  return now.steady - elapsed;
}

} // namespace

FlowState recovered(FlowState stored, Writer writer, const Recovery& recovery, Now now) {
  const auto& limits = stored.config.limits;
  if (writer == Writer::this_process || !limits.rate)
    return stored;
  auto& window = stored.window;
  if (!is_leased(limits) && !recovery.was_clean)
    window = {recovery.opened_at.steady, recovery.opened_at.wall, *limits.rate};
  else if (window.start)
    window.start = start_of(window, writer, limits.period, now);
  if (window.start && now.steady >= *window.start + limits.period)
    window = {std::nullopt, window.started_at, 0};
  return stored;
}

} // namespace sluice::core
