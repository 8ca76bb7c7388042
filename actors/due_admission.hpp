// Admits scheduled messages, delays and retries, when they are due. They wait in the store;
// one timer for the first of them is all that memory holds.
#pragma once

#include <limits>
#include <optional>

#include "actors/actor_context.hpp"
#include "actors/core/due_clock.hpp"
#include "actors/key_supervisor.hpp"
#include "actors/store/store.hpp"

namespace sluice {

class DueAdmission {
public:
  /// All references must outlive it.
  DueAdmission(caf::event_based_actor* self, const ActorContext& context, Store& store, KeySupervisor& keys);

  /// The time that delays are measured on. Not before the last message was accepted, by this process or another.
  WallTime now() { return clock_.read(context_.clock()); }
  WallTime at(Now now) { return clock_.read(now); }

  /// Whether a scheduled message has become ready: `order` is its time and number.
  bool has_admitted(WaitPosition order) const { return order <= admitted_; }
  /// A scheduled message was committed; it waits under `key`.
  void on_scheduled(KeySupervisor::Handle key, WaitPosition order);
  /// Admits everything that is due by now, and arms the timer for what follows.
  void admit_due();
  void on_wakeup();

private:
  void arm_timer(WallTime at);

  caf::event_based_actor* self_;
  const ActorContext& context_;
  Store& store_;
  KeySupervisor& keys_;
  core::DueClock clock_;
  WaitPosition admitted_{}; ///< Scheduled messages up to here were admitted.
  std::optional<TimePoint> armed_for_;
};

} // namespace sluice
