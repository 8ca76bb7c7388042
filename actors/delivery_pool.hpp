// The delivery actors: one per permit, spawned when first needed, reused, replaced when
// they die.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "actors/delivery_actor.hpp"

namespace sluice {

class DeliveryPool {
public:
  /// All references must outlive the pool.
  DeliveryPool(caf::event_based_actor* self, const ActorContext& context, Transport& transport)
      : self_(self), context_(context), transport_(transport) {}

  /// Gives the attempt to an idle actor.
  void start(to_delivery::Attempt attempt);
  /// The attempt in `slot` has ended; false if this slot does not carry it (any more).
  bool on_ended(std::size_t slot, core::Sequence sequence);
  /// An actor died. Returns the attempt it carried, if it was one of ours and had one.
  std::optional<core::Sequence> on_down(const caf::down_msg& down);
  /// Ends every actor, and with it every call.
  void shut_down();

private:
  struct Slot {
    caf::actor actor;
    std::optional<core::Sequence> carries;
  };

  std::size_t take_idle();

  caf::event_based_actor* self_;
  const ActorContext& context_;
  Transport& transport_;
  std::vector<Slot> slots_;
  std::vector<std::size_t> idle_;
};

} // namespace sluice
