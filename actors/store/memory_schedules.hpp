// The schedules of a store that forgets everything when it is destroyed.
#pragma once

#include <map>
#include <set>

#include "actors/store/store.hpp"

namespace sluice {

class MemorySchedules {
public:
  /// `origin` is what message ids carry.
  explicit MemorySchedules(std::uint64_t origin) : origin_(origin) {}

  std::optional<ScheduleRow> find(const ScheduleId& id) const;
  std::vector<ScheduleRow> list(const ScheduleId& after, std::size_t limit) const;
  std::size_t size() const noexcept { return rows_.size(); }
  std::vector<Store::Firing> firings(std::size_t limit) const;
  /// What keeping them costs: their `footprint`s.
  std::size_t bytes() const noexcept { return bytes_; }

  void apply(PutSchedule& change);
  void apply(PauseSchedule& change);
  void apply(ResumeSchedule& change);
  void apply(FireSchedule& change);
  void apply(SkipFirings& change);
  void apply(DropSchedule& change);
  /// A message of a schedule has ended.
  void end_run(const Message& message, MessageRow::State state);

private:
  template <class Edit>
  void edit(const ScheduleId& id, Edit change);

  std::uint64_t origin_;
  std::size_t bytes_ = 0;
  std::map<ScheduleId, ScheduleRow> rows_;
  std::set<Store::Firing> firings_; ///< Of those that are not paused.
};

} // namespace sluice
