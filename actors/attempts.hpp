// The table of attempts that run: starts them, judges their outcomes and commits what follows.
#pragma once

#include <unordered_map>

#include "actors/callback.hpp"
#include "actors/core/retry_policy.hpp"
#include "actors/delivery_pool.hpp"
#include "actors/intake.hpp"
#include "actors/signer.hpp"
#include "actors/workplace.hpp"

namespace sluice {

class Attempts {
public:
  Attempts(Workplace& place, Intake& intake, Transport& transport)
      : place_(place), intake_(intake), deliveries_(place.self, place.context, transport) {}

  void use_signer(std::shared_ptr<const Signer> signer) { signer_ = std::move(signer); }

  /// A key lets a message start. `may_start` is false for one that is being cancelled, or while stopping.
  void on_start(const to_scheduler::Start& start, bool may_start);
  void on_ended(to_scheduler::AttemptEnded& ended);
  /// True if the actor that ended carried an attempt or could have.
  bool on_down(const caf::down_msg& down);

  bool is_running(Sequence sequence) const { return running_.contains(sequence); }
  bool empty() const noexcept { return running_.empty(); }
  /// No attempt follows the one that runs; false if that was said before.
  bool mark_cancelled(Sequence sequence);
  /// That could not be stored: it was never said.
  void unmark_cancelled(Sequence sequence);
  void shut_down() { deliveries_.shut_down(); }

  /// Called whenever an outcome has been stored; may be empty.
  std::function<void()> on_settled;
  /// Ends a message that another attempt would follow although it is cancelled.
  std::function<void(const MessageRow&)> end_cancelled;

private:
  /// An attempt from its start until its outcome is stored.
  struct Running {
    std::shared_ptr<const Message> message;
    KeySupervisor::Handle key; ///< Whose slot it holds.
    int number; ///< 1 for the first.
    WallTime ready_at;
    WallTime started_at;
    WallTime ended_at{};
    bool cancelled = false;
    std::vector<Intake::Staged> callbacks{}; ///< Stored together with the outcome.
  };

  void let_through(KeySupervisor::Handle queue, const MessageRow& row);
  void begin(KeySupervisor::Handle key, MessageRow row);
  void conclude(Sequence sequence, Outcome outcome);
  static Sequence sequence_of(const Running& running) { return running.message->id.sequence(); }
  void settle(Running& running, const core::Decision& decision, Outcome outcome);
  void call_back(Running& running, const core::Decision& decision, const Outcome& outcome);
  void stage_callback(Running& running, const std::shared_ptr<const Callback>& callback, const AttemptReport& report,
                      bool has_ended);
  static DlqId dlq_id_of(const Running& running) {
    return {running.ended_at.time_since_epoch().count(), sequence_of(running)};
  }
  void retry(const Running& running, const core::Decision& decision, std::int16_t status);
  void finish(const Running& running, MessageRow::State state, std::int16_t status);
  void add_event(const Running& running, Event event);
  void add_dlq_entry(const Running& running, const core::Decision& decision, Outcome& outcome);
  void on_stored(Sequence sequence, std::optional<WallTime> retry_at);
  void abandon(Sequence sequence);
  KeySupervisor::Handle queue_of(const Running& running);

  Workplace& place_;
  Intake& intake_;
  DeliveryPool deliveries_;
  std::shared_ptr<const Signer> signer_;
  std::unordered_map<Sequence, Running> running_;
  std::unordered_map<Sequence, int> abandoned_; ///< How often the actor of an attempt died.
  std::size_t finished_ = 0;
};

} // namespace sluice
