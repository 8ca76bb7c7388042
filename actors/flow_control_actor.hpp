// One flow-control key: tells its controller what happens, and carries out what it decides.
#pragma once

#include <vector>

#include "actors/actor_context.hpp"
#include "actors/messages.hpp"

namespace sluice {

/// How a key actor begins, also after a restart.
struct FlowControlSetup {
  core::KeyNumber number;
  core::FlowSetup flow;
  caf::actor scheduler;
};

class FlowControlActor : public caf::event_based_actor {
public:
  FlowControlActor(caf::actor_config& config, const ActorContext& context, FlowControlSetup setup);

  caf::behavior make_behavior() override;
  void on_exit() override { scheduler_ = nullptr; }

private:
  void admit(const to_key::Admit& admit);
  void drain();
  void settle_permits(Now now);
  void arm_timer(Now now);

  const ActorContext& context_;
  core::KeyNumber number_;
  core::FlowController controller_;
  caf::actor scheduler_;
  std::size_t permits_ = 0; ///< Held, not yet used for a start.
  std::size_t wanted_ = 0; ///< Asked for, not yet granted.
  std::optional<TimePoint> wakeup_at_;
};

} // namespace sluice
