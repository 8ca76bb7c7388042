#include "actors/due_admission.hpp"

#include "actors/core/sequence_source.hpp"
#include "actors/crash_point.hpp"
#include "actors/messages.hpp"

namespace sluice {

namespace {

constexpr std::size_t slice_size = 512;
constexpr auto last_sequence = std::numeric_limits<Sequence>::max();

} // namespace

DueAdmission::DueAdmission(caf::event_based_actor* self, const ActorContext& context, Store& store, KeySupervisor& keys)
    : self_(self),
      context_(context),
      store_(store),
      keys_(keys),
      clock_(core::SequenceSource::time_of(store.last_sequence()), context.clock()) {
  admitted_ = {now(), last_sequence};
  keys_.set_admitted_until(admitted_.ready_at);
}

void DueAdmission::on_scheduled(KeySupervisor::Handle key, WaitPosition order) {
  if (has_admitted(order))
    keys_.on_due(key, order);
  else
    arm_timer(order.ready_at);
}

void DueAdmission::admit_due() {
  auto until = now();
  for (bool more = true; more;) {
    auto slice = store_.due(admitted_, until, slice_size);
    for (const auto& one : slice)
      keys_.on_due(keys_.find_or_create(one.key), one.order());
    more = slice.size() == slice_size;
    admitted_ = more ? slice.back().order() : WaitPosition{until, last_sequence};
  }
  keys_.set_admitted_until(until);
  if (auto next = store_.next_due(admitted_))
    arm_timer(*next);
}

void DueAdmission::arm_timer(WallTime at) {
  auto now = context_.clock();
  auto fires_at = now.steady + (at - clock_.read(now));
  if (armed_for_ && *armed_for_ <= fires_at)
    return;
  armed_for_ = fires_at;
  tell_after(self_, fires_at - now.steady, caf::actor_cast<caf::actor>(self_), to_scheduler::DueWakeup{});
}

void DueAdmission::on_wakeup() {
  armed_for_.reset();
  admit_due();
  SLUICE_CRASH_POINT("due.admitted");
}

} // namespace sluice
