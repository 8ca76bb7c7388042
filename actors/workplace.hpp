// What the parts of the scheduler share. All of them run inside its actor.
#pragma once

#include "actors/actor_context.hpp"
#include "actors/due_admission.hpp"
#include "actors/key_supervisor.hpp"
#include "actors/sequencer.hpp"
#include "sluice/scheduler.hpp"

namespace sluice {

struct Workplace {
  caf::event_based_actor* self;
  const ActorContext& context;
  const SchedulerOptions& options;
  Store& store;
  Sequencer& sequencer;
  KeySupervisor& keys;
  DueAdmission& due;

  Now now() const { return context.clock(); }
  /// Adds to the submission that is being put together what an operator does with it.
  void audit(Operator by, std::string action, std::string subject, std::string detail = {}) const {
    sequencer.add(AddAudit{std::make_shared<const AuditEntry>(
        AuditEntry{now().wall, std::move(by), std::move(action), std::move(subject), std::move(detail)})});
  }
  /// Does `slice` in another turn of the loop: long work must not stall the others. A message that the actor sends
  /// itself without a delay would still be of this turn.
  void later(std::function<void()> slice) const {
    tell_after(self, Duration{0}, caf::actor_cast<caf::actor>(self), to_scheduler::Continue{std::move(slice)});
  }
};

/// Success if `name` is a queue, or may become one. Error: `too_many` beyond `max_queues`.
Result<void> room_for_queue(const Workplace& place, const QueueName& name);

inline Error not_found(std::string what) { return {ErrorCode::not_found, std::move(what) + " not found", {}}; }

} // namespace sluice
