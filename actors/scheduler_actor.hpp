// The supervisor and the only sequencer: it numbers every publish and every control
// operation, commits them in that order, hands them on in that order, and answers then.
//
// Its parts do the work: Intake takes messages in, Attempts sends them, ScheduleFiring publishes by the clock,
// Cancellations and the desks carry out calls. A handler that throws before it did anything is run once more;
// one that fails halfway answers its caller with an error.
#pragma once

#include "actors/attempts.hpp"
#include "actors/cancellations.hpp"
#include "actors/dlq_desk.hpp"
#include "actors/forecast_desk.hpp"
#include "actors/intake.hpp"
#include "actors/key_desk.hpp"
#include "actors/limit_commits.hpp"
#include "actors/log_desk.hpp"
#include "actors/messages.hpp"
#include "actors/schedule_desk.hpp"
#include "actors/signer.hpp"
#include "actors/url_group_desk.hpp"
#include "actors/workplace.hpp"

namespace sluice {

class SchedulerActor : public caf::event_based_actor {
public:
  /// All references must outlive the actor.
  SchedulerActor(caf::actor_config& config, const ActorContext& context, const SchedulerOptions& options, Store& store,
                 Transport& transport);

  caf::behavior make_behavior() override;
  void on_exit() override;

private:
  void publish(to_scheduler::Publish& call);
  void publish_batch(to_scheduler::PublishBatch& call);
  void find_message(to_scheduler::FindMessage& call);
  void cancel(to_scheduler::Cancel& call);
  void operate(to_scheduler::Operate& call);
  void find_key(to_scheduler::FindKey& call);
  void list_keys(to_scheduler::ListKeys& call);
  void count_calls(to_scheduler::CountCalls& call);
  void rotate_signing_keys(to_scheduler::RotateSigningKeys& call);
  void stop(to_scheduler::Stop& call);

  void start(to_scheduler::Start& start);
  void lease(to_scheduler::WantLease& want);
  void refill(to_scheduler::Refill& refill);
  void attempt_ended(to_scheduler::AttemptEnded& ended);
  void due_wakeup(to_scheduler::DueWakeup&);
  void schedule_wakeup(to_scheduler::ScheduleWakeup& wakeup);
  void housekeeping(to_scheduler::Housekeeping&);
  void grace_over(to_scheduler::GraceOver&);
  void on_down(const caf::down_msg& down);

  void resume_backlog(const FlowControlKey& after);
  MessageState state_of(const MessageRow& row);
  bool is_over(const MessageRow& row) const;
  std::string hindrance() const;
  void begin_signing();
  void use_signing_keys(SigningKeys keys);
  void finish_stop_if_quiet();
  void close();

  template <class Message>
  auto handler(std::string_view name, void (SchedulerActor::*handle)(Message&));
  template <class Message, class Handle>
  auto call(Handle handle);
  template <class Message, class Handle>
  void guard(std::string_view name, Message& message, Handle handle);

  const ActorContext& context_;
  const SchedulerOptions& options_;
  Store& store_;
  Sequencer sequencer_;
  KeySupervisor keys_;
  DueAdmission due_;
  Workplace place_;
  UrlGroupDesk url_groups_;
  Intake intake_;
  Attempts attempts_;
  Cancellations cancellations_;
  KeyDesk key_desk_;
  DlqDesk dlq_desk_;
  ScheduleFiring schedule_firing_;
  ScheduleDesk schedule_desk_;
  ForecastDesk forecast_desk_;
  LimitCommits limit_commits_;
  LogDesk log_desk_;
  SigningKeys signing_keys_;

  bool stopping_ = false;
  std::function<void()> stopped_;
};

} // namespace sluice
