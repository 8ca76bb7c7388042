#include "actors/delivery_pool.hpp"

#include <algorithm>

namespace sluice {

void DeliveryPool::start(to_delivery::Attempt attempt) {
  auto& slot = slots_[take_idle()];
  slot.carries = attempt.message->id.sequence();
  tell(self_, slot.actor, std::move(attempt));
}

std::size_t DeliveryPool::take_idle() {
  if (idle_.empty()) {
    slots_.emplace_back();
    idle_.push_back(slots_.size() - 1);
  }
  auto index = idle_.back();
  idle_.pop_back();
  auto& slot = slots_[index];
  if (!slot.actor) {
    slot.actor = self_->spawn<DeliveryActor>(std::cref(context_), std::ref(transport_), index,
                                             caf::actor_cast<caf::actor>(self_));
    self_->monitor(slot.actor);
  }
  return index;
}

bool DeliveryPool::on_ended(std::size_t slot, core::Sequence sequence) {
  if (slots_[slot].carries != sequence)
    return false;
  slots_[slot].carries.reset();
  idle_.push_back(slot);
  return true;
}

std::optional<core::Sequence> DeliveryPool::on_down(const caf::down_msg& down) {
  auto slot = std::find_if(slots_.begin(), slots_.end(),
                           [&](const Slot& one) { return one.actor && one.actor.address() == down.source; });
  if (slot == slots_.end())
    return std::nullopt;
  slot->actor = nullptr;
  auto carried = std::exchange(slot->carries, std::nullopt);
  if (carried)
    idle_.push_back(static_cast<std::size_t>(slot - slots_.begin()));
  return carried;
}

void DeliveryPool::shut_down() {
  for (auto& slot : slots_)
    if (slot.actor)
      self_->send_exit(slot.actor, caf::exit_reason::user_shutdown);
  slots_.clear();
  idle_.clear();
}

} // namespace sluice
