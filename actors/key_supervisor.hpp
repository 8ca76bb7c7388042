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
#include "actors/core/key_ledger.hpp"
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

  KeySupervisor(caf::event_based_actor* self, const ActorContext& context, Store& store, std::size_t permits);

  /// True for a key that a message or an operator has named, whether or not it is in memory.
  bool is_known(const FlowControlKey& key) const;
  /// Its state as the last operation left it; empty for an unknown key.
  std::optional<FlowState> state(const FlowControlKey& key) const;
  Handle find_or_create(const FlowControlKey& key);
  /// Keeps a key in memory, from before the commit of a message or operation until after it.
  void hold(Handle key);
  void release(Handle key);

  /// What `prepare` has made of an operation: the change to commit before `hand_on`, if anything
  /// durable changes, and the operation's number.
  struct Prepared {
    std::optional<PutKey> change;
    std::uint64_t epoch;
  };
  /// Applies `operation` to the state that the next operation will see.
  Result<Prepared> prepare(Handle key, const core::FlowOperation& operation);
  /// Makes a key as it was before anybody named it.
  void forget(Handle key);
  /// Puts the state back to what the store holds, after a commit that failed.
  void reload(Handle key);
  /// Makes a change that was put back say what is known of its key now.
  void renew(PutKey& put) const;
  /// Tells the key's actor. `taken` is called once it has taken effect; it may be empty.
  void hand_on(Handle key, const core::FlowOperation& operation, std::uint64_t epoch, std::function<void()> taken);

  /// The change that makes a lease known to the store; empty if an operation has overtaken it.
  std::optional<PutKey> prepare_lease(Handle key, const core::Lease& lease);
  /// The lease is committed.
  void on_leased(Handle key, const core::Lease& lease);

  /// Waitlists hold what became ready up to here; restarts and refills read the store so far.
  void set_admitted_until(WallTime until) { admitted_until_ = until; }
  /// A committed message is ready, and the store lists it under `key`.
  void admit(Handle key, WaitPosition position);
  /// A scheduled message has become due: it joins its key's waitlist, or ends its pause in a queue.
  void on_due(Handle key, WaitPosition order);
  /// A queue has let a message through; now it waits for its flow-control key.
  void admit_guest(Handle key, WaitPosition position);
  /// A message that was admitted to `key` is gone without an attempt.
  void withdraw(Handle key, WaitPosition position);
  void withdraw_guest(const FlowControlKey& key, Sequence sequence);

  /// The key of a start that is valid; null if its actor has died since.
  Handle on_start(const to_scheduler::Start& start);
  /// A valid start turned out to be void: its message is gone.
  void cancel_start();
  /// A valid start in a queue takes the slot, but there is nothing to send yet.
  void hold_start(Handle key, Sequence sequence);
  /// A valid start is carried out.
  void confirm_start(Handle key, Sequence sequence);
  /// The attempt is over and its permit is free; its slot too, unless a queue keeps it for the message.
  void on_attempt_over(Handle key, Sequence sequence);
  /// The outcome is committed: the store speaks for the message again. A queue keeps the slot of a
  /// message that has not ended.
  void on_outcome_stored(Handle key, Sequence sequence, bool has_ended);

  /// The key of an actor that is still in charge; null otherwise.
  Handle find(core::KeyNumber number);
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
  bool has_free_permits() const noexcept { return permits_.has_free(); }
  /// While it is off nothing is lent, so nothing starts.
  void set_starts(bool on);
  /// The exact state of every key in memory, for a clean end.
  std::vector<PutKey> exact_rows() const;
  void shut_down();

  /// A message that started, or that a queue has let through, and whose end is not in the store.
  struct Unsettled {
    bool holds_slot; ///< The call runs, or the queue waits for it.
    bool is_guest; ///< The store lists it under another key.
  };

  struct Record {
    Record(FlowControlKey name, core::KeyLedger known) : key(std::move(name)), ledger(std::move(known)) {}

    FlowControlKey key;
    core::KeyNumber number = 0;
    caf::actor actor; ///< Null while failed.
    core::KeyLedger ledger;
    std::unordered_map<Sequence, Unsettled> unsettled;
    std::map<Sequence, WaitPosition> guests; ///< Those that wait here.
    std::size_t lent = 0; ///< Permits that the actor holds.
    std::size_t holds = 0; ///< Commits under way that name the key.
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
  std::optional<FlowState> load(const FlowControlKey& key) const;
  Record make_record(const FlowControlKey& key) const;
  static PutKey row(const Record& record);
  PutKey exact_row(Record& record);
  core::FlowSetup setup(const Record& record) const;
  void start_actor(Record& record);
  std::size_t waiting(const Record& record) const;
  bool lend(Record& record, bool unasked);
  void serve_waiting_keys();
  void restart(Record& record);
  void revive(Record& record);
  void restore(Record& record);
  bool died_too_often(Record& record);
  bool is_idle(const Record& record) const;
  FlowControlInfo describe(const Record& record) const;

  caf::event_based_actor* self_;
  const ActorContext& context_;
  Store& store_;
  core::PermitPool permits_;
  std::size_t calls_in_flight_ = 0;
  bool starts_ = true;
  core::Recovery recovery_;
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
