#include "actors/flow_control_actor.hpp"

#include <algorithm>

namespace sluice {

FlowControlActor::FlowControlActor(caf::actor_config& config, const ActorContext& context, FlowControlSetup setup)
    : event_based_actor(config),
      context_(context),
      number_(setup.number),
      controller_(std::move(setup.flow)),
      scheduler_(std::move(setup.scheduler)) {
  end_on_exception(this);
}

caf::behavior FlowControlActor::make_behavior() {
  drain();
  return {
      [this](const to_key::Admit& admit) {
        context_.enter("key.admit");
        this->admit(admit);
      },
      [this](const to_key::Finished& finished) {
        context_.enter("key.finished");
        permits_ += finished.with_permit;
        controller_.on_finished(finished.sequence);
        drain();
      },
      [this](const to_key::Grant& grant) {
        context_.enter("key.grant");
        permits_ += grant.permits;
        wanted_ -= std::min(wanted_, grant.permits);
        drain();
      },
      [this](to_key::PeriodWakeup) {
        context_.enter("key.period_wakeup");
        wakeup_at_.reset();
        drain();
      },
      [this](const to_key::Refilled& refilled) {
        context_.enter("key.refilled");
        controller_.on_refilled(refilled.positions, refilled.complete);
        drain();
      },
      [this](const to_key::TakeOperation& take) {
        context_.enter("key.take_operation");
        controller_.on_operation(take.operation, take.epoch, context_.clock());
        drain();
        if (take.ticket != 0)
          tell(this, scheduler_, to_scheduler::OperationTaken{number_, take.ticket});
      },
      [this](const to_key::Withdraw& withdraw) {
        context_.enter("key.withdraw");
        if (withdraw.is_guest)
          controller_.on_guest_withdrawn(withdraw.position);
        else
          controller_.on_withdrawn(withdraw.position);
        drain();
      },
      [this](const to_key::Leased& leased) {
        context_.enter("key.leased");
        controller_.on_leased(leased.lease, context_.clock());
        drain();
      },
      [this](const to_key::Inspect& inspect) {
        context_.enter("key.inspect");
        auto info = controller_.info(context_.clock());
        tell(this, scheduler_, to_scheduler::Inspected{number_, inspect.ticket, std::move(info)});
      },
  };
}

void FlowControlActor::admit(const to_key::Admit& admit) {
  permits_ += admit.with_permit;
  switch (admit.arrival) {
  case to_key::Arrival::stored:
    controller_.on_waiting(admit.position);
    break;
  case to_key::Arrival::guest:
    controller_.on_guest(admit.position);
    break;
  case to_key::Arrival::rejoined:
    controller_.on_rejoined(admit.position);
    break;
  }
  drain();
}

// Carries out every decision the controller is ready to make.
void FlowControlActor::drain() {
  auto now = context_.clock();
  while (permits_ > 0) {
    auto sequence = controller_.poll_start(now);
    if (!sequence)
      break;
    --permits_;
    tell(this, scheduler_, to_scheduler::Start{number_, *sequence, controller_.state(now).window});
  }
  settle_permits(now);
  if (auto lease = controller_.poll_lease(now))
    tell(this, scheduler_, to_scheduler::WantLease{number_, std::move(*lease)});
  if (auto after = controller_.poll_refill())
    tell(this, scheduler_, to_scheduler::Refill{number_, *after});
  arm_timer(now);
}

// Keeps no permit that it cannot use, and asks for those it could.
void FlowControlActor::settle_permits(Now now) {
  if (permits_ > 0)
    tell(this, scheduler_, to_scheduler::ReturnPermits{number_, std::exchange(permits_, 0)});
  auto startable = controller_.startable(now);
  if (startable == wanted_)
    return;
  wanted_ = startable;
  tell(this, scheduler_, to_scheduler::WantPermits{number_, startable});
}

// One timer per period, however many messages wait for it.
void FlowControlActor::arm_timer(Now now) {
  auto at = controller_.next_wakeup();
  if (!at || (wakeup_at_ && *wakeup_at_ <= *at))
    return;
  wakeup_at_ = at;
  tell_after(this, *at - now.steady, caf::actor_cast<caf::actor>(this), to_key::PeriodWakeup{});
}

} // namespace sluice
