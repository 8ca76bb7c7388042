// Carries one attempt at a time through the transport and reports its outcome.
#pragma once

#include "actors/actor_context.hpp"
#include "actors/messages.hpp"

namespace sluice {

class DeliveryActor : public caf::event_based_actor {
public:
  /// `slot` names this actor in what it reports.
  DeliveryActor(caf::actor_config& config, const ActorContext& context, Transport& transport, std::size_t slot,
                caf::actor scheduler);

  caf::behavior make_behavior() override;
  void on_exit() override;

private:
  void start(const to_delivery::Attempt& attempt);

  const ActorContext& context_;
  Transport& transport_;
  std::size_t slot_;
  caf::actor scheduler_;
  std::unique_ptr<Transport::Call> call_; ///< The last attempt; dropping it keeps it from reporting.
};

} // namespace sluice
