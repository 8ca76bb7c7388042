// Fires schedules: publishes their messages when their time has come. They wait in the store; one
// timer for the first of them is all that memory holds.
//
// The messages and the schedule's new row are one commit, so a firing happens once whatever crashes.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "actors/core/firing_plan.hpp"
#include "actors/intake.hpp"
#include "actors/workplace.hpp"

namespace sluice {

class ScheduleFiring {
public:
  ScheduleFiring(Workplace& place, Intake& intake) : place_(place), intake_(intake) {}

  /// Fires what is due by the wall clock, a slice at a time, and arms the timer for what follows.
  void fire_due();
  void on_wakeup(const to_scheduler::ScheduleWakeup& wakeup);

  /// While a change of a schedule is being committed the schedule does not fire: what the store has of it is
  /// not what has been decided.
  void hold(const ScheduleId& id) { ++changing_[id]; }
  /// The change has been committed, or has failed.
  void release(const ScheduleId& id, bool stored);
  bool is_changing(const ScheduleId& id) const { return changing_.contains(id); }

private:
  void fire(const Store::Firing& due, WallTime now);
  void publish(const ScheduleRow& row, const core::FiringPlan& plan);
  Result<std::vector<Intake::Staged>> stage(const ScheduleSpec& spec);
  void commit(const ScheduleId& id, std::vector<Intake::Staged> staged);
  void arm_timer(WallTime at);

  Workplace& place_;
  Intake& intake_;
  std::map<ScheduleId, int> changing_; ///< How many changes are on their way to the disk.
  std::optional<TimePoint> armed_for_;
};

} // namespace sluice
