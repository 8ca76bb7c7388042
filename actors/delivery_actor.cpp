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
  };
}

void DeliveryActor::start(const to_delivery::Attempt& attempt) {
  auto request =
      make_outgoing_request(*attempt.message, attempt.number, attempt.timeout, *attempt.signer, context_.clock().wall);
  // The outcome goes straight to the scheduler: a stop here would cost every message a hop.
  auto report = [this, sequence = attempt.message->id.sequence()](Outcome outcome) {
    anon_tell(scheduler_, to_scheduler::AttemptEnded{slot_, sequence, std::move(outcome)});
  };
  call_ = transport_.send(std::move(request), std::move(report));
}

// Cancels the call: an attempt whose outcome nobody takes must not run on.
void DeliveryActor::on_exit() {
  call_.reset();
  scheduler_ = nullptr;
}

} // namespace sluice
