#include "actors/schedule_times.hpp"

#include "actors/time_zones.hpp"

namespace sluice {

Result<ScheduleTimes> ScheduleTimes::parse(const std::string& cron) {
  auto parsed = core::Cron::parse(cron);
  if (!parsed)
    return parsed.error();
  auto zone = time_zone(parsed->zone());
  if (!zone)
    return zone.error();
  return ScheduleTimes(*std::move(parsed), *std::move(zone));
}

WallTime ScheduleTimes::next_after(WallTime due, WallTime now) const {
  return cron_.next_from(due, now + std::chrono::milliseconds{1}, zone_);
}

} // namespace sluice
