// When a schedule fires: its cron expression on the clocks of its time zone.
#pragma once

#include <optional>
#include <string>

#include "actors/core/firing_plan.hpp"

namespace sluice {

class ScheduleTimes {
public:
  /// Error: `invalid_argument` on `Upstash-Cron` for a bad expression or an unknown time zone.
  static Result<ScheduleTimes> parse(const std::string& cron);

  /// The expression as it is kept.
  const std::string& text() const noexcept { return cron_.text(); }
  /// The first firing after `after`; for an interval that is counted from there.
  WallTime next(WallTime after) const { return cron_.next(after, zone_); }
  /// The first firing after `now`, of those that go on from `due`.
  WallTime next_after(WallTime due, WallTime now) const;
  /// Precondition: due <= now.
  core::FiringPlan plan(WallTime due, WallTime now) const { return core::plan_firing(cron_, zone_, due, now); }

private:
  ScheduleTimes(core::Cron cron, core::TimeZone zone) : cron_(std::move(cron)), zone_(std::move(zone)) {}

  core::Cron cron_;
  core::TimeZone zone_;
};

} // namespace sluice
