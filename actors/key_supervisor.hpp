// Looks after the key actors: creates, restarts and retires them, and keeps what is needed
// to build one again, because mail queued behind a throwing handler is lost.
//
// For each key that has something to do it mirrors the durable state, the attempts in
// flight and the permits lent. Everything else about a key is in the store.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <unordered_map>

#include "actors/actor_context.hpp"
#include "actors/messages.hpp"
#include "actors/store/store.hpp"

namespace sluice {

class KeySupervisor {
public:
  using InfoReply = std::function<void(FlowControlInfo)>;
  struct Record;
  /// A key in memory. Stays valid while the key is held, or has an attempt that is not settled,
  /// and within one handler of the owner.
  using Handle = Record*;

  KeySupervisor(caf::event_based_actor* self, const ActorContext& context, Store& store, std::size_t permits)
      : self_(self), context_(context), store_(store), permits_(permits) {}

  bool is_known(const FlowControlKey& key) const;
  Handle find_or_create(const FlowControlKey& key);
  /// Keeps a key in memory, from before the commit of a message or operation until after it.
  void hold(Handle key);
  void release(Handle key);

  /// Applies `operation` to the state that the next operation will see. The change must be
  /// committed before `hand_on`; empty if nothing durable changes.
  Result<std::optional<PutKey>> prepare(Handle key, const core::FlowOperation& operation);
  /// Puts the state back to what the store holds, after a commit that failed.
  void reload(Handle key);
  /// Tells the key's actor. `taken` is called once it has taken effect; it may be empty.
  void hand_on(Handle key, const core::FlowOperation& operation, std::function<void()> taken);

  /// Waitlists hold what became ready up to here; restarts and refills read the store so far.
  void set_admitted_until(WallTime until) { admitted_until_ = until; }
  /// A committed message is ready.
  void admit(Handle key, WaitPosition position);
  /// A message that was admitted is gone without an attempt.
  void withdraw(Handle key, WaitPosition position);

  /// The key of a start that is valid; null if its actor has died since.
  Handle on_start(const to_scheduler::Start& start);
  /// A valid start turned out to be void: its message is gone.
  void cancel_start();
  /// A valid start is carried out.
  void confirm_start(Handle key, Sequence sequence);
  /// The attempt is over; its slot and permit are free.
  void on_attempt_over(Handle key, Sequence sequence);
  /// The outcome is committed: the store speaks for the message again.
  void on_outcome_stored(Handle key, Sequence sequence);

  void on_want(const to_scheduler::WantPermits& want);
  void on_return(const to_scheduler::ReturnPermits& back);
  void on_refill(const to_scheduler::Refill& refill);
  void on_taken(const to_scheduler::OperationTaken& taken);
  void on_inspected(to_scheduler::Inspected& inspected);
  /// Restarts a key actor that died; `set_admitted_until` must be up to date. Returns the key
  /// if it has died too often: the caller pauses it.
  Handle on_down(const caf::down_msg& down);

  /// The key as users see it; it must be known.
  void inspect(const FlowControlKey& key, InfoReply reply);

  /// Keys that had nothing to do since `before`, and any idle ones while there are more than
  /// `keep` keys, with the state to store before `retire`. Looks at `limit` keys, then goes on
  /// from there the next time.
  std::vector<PutKey> idle_keys(TimePoint before, std::size_t keep, std::size_t limit);
  /// Drops an idle key from memory, unless it has got something to do.
  void retire(const FlowControlKey& key);

  std::size_t calls_in_flight() const noexcept { return calls_in_flight_; }
  std::size_t permits() const noexcept { return permits_.capacity(); }
  /// From now on nothing is lent, so nothing starts.
  void stop_starts() { stopping_ = true; }
  void shut_down();

  struct Record {
    FlowControlKey key;
    core::KeyNumber number = 0;
    caf::actor actor; ///< Null while failed.
    FlowState state;
    /// Started, and no outcome in the store yet; true while the call runs and holds a slot.
    std::unordered_map<Sequence, bool> unsettled;
    std::size_t lent = 0; ///< Permits that the actor holds.
    std::size_t holds = 0; ///< Commits under way that name the key.
    bool stored = false; ///< The store knows the key, or is about to.
    bool blocked = false; ///< It returned a permit last time: do not lend unasked.
    bool failed = false;
    std::vector<TimePoint> deaths;
    std::map<Ticket, std::function<void()>> operations; ///< Not yet taken.
    std::map<Ticket, InfoReply> inspections; ///< Not yet answered.
    TimePoint used_at{};
    std::list<Record*>::iterator turn; ///< Its place in `rounds_`.
  };

private:
  Record& create(const FlowControlKey& key);
  Record* find(core::KeyNumber number);
  void start_actor(Record& record);
  std::size_t waiting(const Record& record) const;
  static std::vector<Sequence> in_flight(const Record& record);
  bool lend(Record& record, bool unasked);
  void serve_waiting_keys();
  void restart(Record& record);
  void revive(Record& record);
  bool died_too_often(Record& record);
  bool is_idle(const Record& record) const;
  FlowControlInfo describe(const Record& record) const;

  caf::event_based_actor* self_;
  const ActorContext& context_;
  Store& store_;
  core::PermitPool permits_;
  std::size_t calls_in_flight_ = 0;
  bool stopping_ = false;
  WallTime admitted_until_{};
  std::unordered_map<FlowControlKey, Record> records_;
  std::unordered_map<core::KeyNumber, Record*> by_number_;
  std::unordered_map<caf::actor_id, Record*> by_actor_;
  std::list<Record*> rounds_; ///< All records; the idle ones are looked for in rounds.
  std::list<Record*>::iterator next_round_ = rounds_.end();
  core::KeyNumber last_number_ = 0;
  Ticket last_ticket_ = 0;
};

} // namespace sluice
