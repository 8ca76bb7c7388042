#include "actors/delivery_actor.hpp"

#include "actors/outgoing_request.hpp"

namespace sluice {

DeliveryActor::DeliveryActor(caf::actor_config& config, const ActorContext& context, Transport& transport,
                             std::size_t slot, caf::actor scheduler)
    : event_based_actor(config),
      context_(context),
      transport_(transport),
      slot_(slot),
      scheduler_(std::move(scheduler)) {
  end_on_exception(this);
}

caf::behavior DeliveryActor::make_behavior() {
  return {
      [this](const to_delivery::Attempt& attempt) {
        context_.enter("delivery.attempt");
        start(attempt);
      },
      [this](to_delivery::TransportDone& done) {
        context_.enter("delivery.transport_done");
        call_.reset();
        tell(this, scheduler_, to_scheduler::AttemptEnded{slot_, sequence_, std::move(done.outcome)});
      },
  };
}

void DeliveryActor::start(const to_delivery::Attempt& attempt) {
  sequence_ = attempt.message->id.sequence();
  auto request =
      make_outgoing_request(*attempt.message, attempt.number, attempt.timeout, *attempt.signer, context_.clock().wall);
  // The call is dropped before this actor is, so a plain pointer would do; a handle keeps it obvious.
  auto self = caf::actor_cast<caf::actor>(this);
  call_ = transport_.send(std::move(request),
                          [self](Outcome outcome) { anon_tell(self, to_delivery::TransportDone{std::move(outcome)}); });
}

// Cancels the call: an attempt whose outcome nobody takes must not run on.
void DeliveryActor::on_exit() {
  call_.reset();
  scheduler_ = nullptr;
}

} // namespace sluice
