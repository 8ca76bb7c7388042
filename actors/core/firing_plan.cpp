#include "actors/core/firing_plan.hpp"

namespace sluice::core {

FiringPlan plan_firing(const Cron& cron, const TimeZone& zone, WallTime due, WallTime now) {
  constexpr std::chrono::milliseconds moment{1};
  FiringPlan plan;
  plan.next = cron.next_from(due, now - late_firing_grace, zone);
  // Firings are as far apart as the grace is long, so there are two at most.
  while (plan.next <= now) {
    plan.fires_for = plan.next;
    plan.next = cron.next_from(due, plan.next + moment, zone);
  }
  return plan;
}

} // namespace sluice::core
