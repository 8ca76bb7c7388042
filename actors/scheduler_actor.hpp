// The supervisor and the only sequencer: it numbers every publish and every control
// operation, commits them in that order, hands them on in that order, and answers then.
//
// It keeps the table of attempts that run, judges every outcome, admits what becomes due,
// and replaces actors that die. A handler of its own that throws before it did anything is
// run once more; one that fails halfway answers its caller with an error.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "actors/actor_context.hpp"
#include "actors/core/retry_policy.hpp"
#include "actors/core/sequence_source.hpp"
#include "actors/delivery_pool.hpp"
#include "actors/due_admission.hpp"
#include "actors/key_supervisor.hpp"
#include "actors/messages.hpp"
#include "actors/sequencer.hpp"
#include "actors/signer.hpp"

namespace sluice {

class SchedulerActor : public caf::event_based_actor {
public:
  /// All references must outlive the actor.
  SchedulerActor(caf::actor_config& config, const ActorContext& context, const SchedulerOptions& options, Store& store,
                 Transport& transport);

  caf::behavior make_behavior() override;
  void on_exit() override;

private:
  /// An attempt from its start until its outcome is stored.
  struct Running {
    std::shared_ptr<const Message> message;
    KeySupervisor::Handle key;
    int number; ///< 1 for the first.
    WallTime ready_at;
    bool cancelled = false;
  };

  void publish(to_scheduler::Publish& call);
  void find_message(to_scheduler::FindMessage& call);
  void cancel(to_scheduler::Cancel& call);
  void operate(to_scheduler::Operate& call);
  void find_key(to_scheduler::FindKey& call);
  void list_keys(to_scheduler::ListKeys& call);
  void count_calls(to_scheduler::CountCalls& call);
  void list_dlq(to_scheduler::ListDlq& call);
  void read_signing_keys(to_scheduler::ReadSigningKeys& call);
  void stop(to_scheduler::Stop& call);

  void start(to_scheduler::Start& start);
  void refill(to_scheduler::Refill& refill);
  void attempt_ended(to_scheduler::AttemptEnded& ended);
  void due_wakeup(to_scheduler::DueWakeup&);
  void housekeeping(to_scheduler::Housekeeping&);
  void grace_over(to_scheduler::GraceOver&);
  void on_down(const caf::down_msg& down);

  std::shared_ptr<const Message> accept(PublishRequest request, Now now);
  std::optional<MessageRow> find(MessageId id) const;
  MessageState state_of(const MessageRow& row);
  void cancel_running(to_scheduler::Cancel& call, Running& running);
  void cancel_waiting(to_scheduler::Cancel& call, const MessageRow& row);
  void conclude(Sequence sequence, Outcome outcome);
  void settle(Sequence sequence, const core::Decision& decision, Outcome outcome);
  void abandon(Sequence sequence);
  void stop_failed_key(KeySupervisor::Handle key);
  void finish_stop_if_quiet();

  void retire_idle_keys();
  void use_signing_keys(SigningKeys keys);

  template <class Message>
  auto handler(std::string_view name, void (SchedulerActor::*handle)(Message&));
  template <class Message>
  void guard(std::string_view name, Message& message, void (SchedulerActor::*handle)(Message&));

  const ActorContext& context_;
  const SchedulerOptions& options_;
  Store& store_;
  KeySupervisor keys_;
  DueAdmission due_;
  DeliveryPool deliveries_;
  Sequencer sequencer_;
  core::SequenceSource sequences_;
  std::uint64_t origin_;
  SigningKeys signing_keys_;
  std::shared_ptr<const Signer> signer_;

  std::unordered_map<Sequence, Running> running_;
  std::unordered_set<Sequence> cancelling_; ///< Cancelled while waiting, not yet committed.
  std::unordered_map<Sequence, int> abandoned_; ///< How often the actor of an attempt died.
  std::size_t finished_ = 0;
  bool stopping_ = false;
  std::function<void()> stopped_;
};

} // namespace sluice
