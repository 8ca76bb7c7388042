#include "actors/schedule_firing.hpp"

#include "actors/crash_point.hpp"
#include "actors/schedule_times.hpp"

namespace sluice {

namespace {

constexpr std::size_t slice_size = 32; // Each may bring a body of some megabytes.

} // namespace

// What is due behind a slice waits until something of the slice is on the disk: `release`.
void ScheduleFiring::fire_due() {
  auto now = place_.now().wall;
  for (const auto& firing : place_.store.firings(slice_size)) {
    if (firing.time > now)
      return arm_timer(firing.time);
    fire(firing, now);
  }
}

void ScheduleFiring::fire(const Store::Firing& due, WallTime now) {
  auto row = is_changing(due.id) ? std::nullopt : place_.store.schedule(due.id);
  if (!row || row->next != due.time)
    return;
  auto times = ScheduleTimes::parse(row->spec->cron);
  if (!times) {
    place_.sequencer.add(SkipFirings{due.id, {}, times.error().message});
    return commit(due.id, {});
  }
  auto plan = times->plan(due.time, now);
  if (plan.fires_for)
    return publish(*row, plan);
  place_.sequencer.add(SkipFirings{due.id, plan.next, {}});
  commit(due.id, {});
}

void ScheduleFiring::publish(const ScheduleRow& row, const core::FiringPlan& plan) {
  const auto& id = *row.spec->id;
  FireSchedule fired{id, *plan.fires_for, plan.next, {}, {}};
  auto staged = stage(*row.spec);
  if (!staged)
    fired.error = staged.error().message;
  else
    for (const auto& one : *staged)
      fired.published.push_back(one.message->id.sequence());
  place_.sequencer.add(std::move(fired));
  SLUICE_CRASH_POINT("schedule.before_commit");
  commit(id, staged ? *std::move(staged) : std::vector<Intake::Staged>{});
}

Result<std::vector<Intake::Staged>> ScheduleFiring::stage(const ScheduleSpec& spec) {
  auto request = spec.request;
  request.schedule = spec.id;
  auto messages = intake_.expand(std::move(request));
  return messages ? intake_.stage_all(*std::move(messages)) : messages.error();
}

void ScheduleFiring::commit(const ScheduleId& id, std::vector<Intake::Staged> staged) {
  hold(id);
  place_.sequencer.submit([this, id, staged = std::move(staged)](const Result<void>& stored) {
    SLUICE_CRASH_POINT("schedule.committed");
    for (const auto& one : staged)
      intake_.settle(one, stored);
    release(id, stored.has_value());
  });
}

// What could not be stored is tried again a little later, by whoever looks for a disk that has room.
void ScheduleFiring::release(const ScheduleId& id, bool stored) {
  if (auto count = changing_.find(id); --count->second == 0)
    changing_.erase(count);
  if (!stored)
    return;
  if (auto first = place_.store.firings(1); !first.empty())
    arm_timer(first.front().time);
}

void ScheduleFiring::arm_timer(WallTime at) {
  auto now = place_.now();
  auto fires_at = now.steady + std::max(at - now.wall, std::chrono::milliseconds{0});
  if (armed_for_ && *armed_for_ <= fires_at)
    return;
  armed_for_ = fires_at;
  tell_after(place_.self, fires_at - now.steady, caf::actor_cast<caf::actor>(place_.self),
             to_scheduler::ScheduleWakeup{fires_at});
}

// A timer that an earlier one has overtaken means nothing any more.
void ScheduleFiring::on_wakeup(const to_scheduler::ScheduleWakeup& wakeup) {
  if (armed_for_ != wakeup.at)
    return;
  armed_for_.reset();
  fire_due();
}

} // namespace sluice
