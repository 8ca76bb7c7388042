// The calls on schedules: creating, reading, pausing and deleting them (spec §2.8, §6.7).
#pragma once

#include "actors/schedule_firing.hpp"

namespace sluice {

class ScheduleDesk {
public:
  ScheduleDesk(Workplace& place, const UrlGroupDesk& url_groups, ScheduleFiring& firing)
      : place_(place), url_groups_(url_groups), firing_(firing) {}

  /// `spec` has been checked.
  void create(ScheduleSpec spec, Operator by, Reply<ScheduleId> reply);
  void find(const ScheduleId& id, Reply<Schedule> reply) const;
  void list(ScheduleQuery query, Reply<std::vector<Schedule>> reply) const;
  void remove(const ScheduleId& id, Operator by, Reply<void> reply);
  void set_paused(const ScheduleId& id, bool paused, Operator by, Reply<void> reply);

private:
  struct Listing;

  Result<void> check_destination(const ScheduleSpec& spec) const;
  Result<void> room_for(const ScheduleSpec& spec) const;
  Change resumption_of(const ScheduleRow& row) const;
  void commit(const ScheduleId& id, Change change, Sequencer::Then then);
  void go_on(std::shared_ptr<Listing> listing) const;
  Schedule describe(ScheduleRow row) const;

  Workplace& place_;
  const UrlGroupDesk& url_groups_;
  ScheduleFiring& firing_;
  std::size_t creating_ = 0; ///< Creations that are being committed.
};

} // namespace sluice
