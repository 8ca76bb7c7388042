#include "actors/store/memory_schedules.hpp"

namespace sluice {

std::optional<ScheduleRow> MemorySchedules::find(const ScheduleId& id) const {
  auto found = rows_.find(id);
  return found == rows_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<ScheduleRow> MemorySchedules::list(const ScheduleId& after, std::size_t limit) const {
  std::vector<ScheduleRow> page;
  for (auto at = rows_.upper_bound(after); at != rows_.end() && page.size() < limit; ++at)
    page.push_back(at->second);
  return page;
}

std::vector<Store::Firing> MemorySchedules::firings(std::size_t limit) const {
  std::vector<Store::Firing> slice;
  for (auto at = firings_.begin(); at != firings_.end() && slice.size() < limit; ++at)
    slice.push_back(*at);
  return slice;
}

// Changes a schedule that exists, and keeps the order of firings.
template <class Edit>
void MemorySchedules::edit(const ScheduleId& id, Edit change) {
  auto found = rows_.find(id);
  if (found == rows_.end())
    return;
  auto& row = found->second;
  auto firing = [&] { return Store::Firing{row.next.value_or(WallTime{}), id}; };
  firings_.erase(firing());
  change(row);
  if (row.next && !row.paused)
    firings_.insert(firing());
}

void MemorySchedules::apply(PutSchedule& change) {
  const auto id = *change.spec->id;
  auto [place, is_new] = rows_.try_emplace(id);
  if (is_new)
    place->second.created_at = change.created_at;
  else
    bytes_ -= footprint(place->second.spec->request);
  bytes_ += footprint(change.spec->request);
  edit(id, [&](ScheduleRow& row) {
    row.spec = std::move(change.spec);
    row.paused = false;
    row.next = change.next;
    row.error.clear();
  });
}

void MemorySchedules::apply(PauseSchedule& change) {
  edit(change.id, [](ScheduleRow& row) { row.paused = true; });
}

void MemorySchedules::apply(ResumeSchedule& change) {
  edit(change.id, [&](ScheduleRow& row) {
    row.paused = false;
    if (row.next == change.replaces)
      row.next = change.next;
  });
}

void MemorySchedules::apply(FireSchedule& change) {
  edit(change.id, [&](ScheduleRow& row) {
    row.last = change.time;
    row.next = change.next;
    row.error = std::move(change.error);
    row.runs.clear();
    for (auto sequence : change.published)
      row.runs.push_back({{sequence, origin_}});
  });
}

void MemorySchedules::apply(SkipFirings& change) {
  edit(change.id, [&](ScheduleRow& row) {
    row.next = change.next;
    if (!change.error.empty())
      row.error = std::move(change.error);
  });
}

void MemorySchedules::apply(DropSchedule& change) {
  auto found = rows_.find(change.id);
  if (found == rows_.end())
    return;
  bytes_ -= footprint(found->second.spec->request);
  firings_.erase({found->second.next.value_or(WallTime{}), change.id});
  rows_.erase(found);
}

void MemorySchedules::end_run(const Message& message, MessageRow::State state) {
  auto found = rows_.find(message.request.schedule.value_or(ScheduleId{}));
  if (found == rows_.end())
    return;
  for (auto& run : found->second.runs)
    if (run.message == message.id)
      run.state = state;
}

} // namespace sluice
