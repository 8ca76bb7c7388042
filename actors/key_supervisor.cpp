#include "actors/key_supervisor.hpp"

#include <algorithm>
#include <utility>

#include "actors/flow_control_actor.hpp"

namespace sluice {

namespace {

constexpr std::size_t refill_slice = core::FlowController::max_window - core::FlowController::low_window;

// A queue works on one message at a time unless told otherwise (spec §6.5).
FlowState initial_state(const FlowControlKey& key) {
  FlowState state;
  if (is_queue(key))
    state.config.limits.parallelism = 1;
  return state;
}

} // namespace

// --- records and actors ------------------------------------------------------

KeySupervisor::KeySupervisor(caf::event_based_actor* self, const ActorContext& context, Store& store,
                             std::size_t permits)
    : self_(self),
      context_(context),
      store_(store),
      permits_(permits),
      recovery_{store.opening().was_clean, context.clock()} {}

KeySupervisor::Handle KeySupervisor::find_or_create(const FlowControlKey& key) {
  auto found = records_.find(key);
  return found != records_.end() ? &found->second : &create(key);
}

void KeySupervisor::hold(Handle key) {
  ++key->holds;
  key->used_at = context_.clock().steady;
}

void KeySupervisor::release(Handle key) { --key->holds; }

KeySupervisor::Record& KeySupervisor::create(const FlowControlKey& key) {
  auto& record = records_.emplace(key, make_record(key)).first->second;
  record.used_at = context_.clock().steady;
  record.turn = rounds_.insert(rounds_.end(), &record);
  start_actor(record);
  return record;
}

KeySupervisor::Record KeySupervisor::make_record(const FlowControlKey& key) const {
  return {key, core::KeyLedger(initial_state(key), load(key))};
}

std::optional<FlowState> KeySupervisor::load(const FlowControlKey& key) const {
  auto row = store_.key(key);
  if (!row)
    return std::nullopt;
  return core::recovered(row->state, row->writer, recovery_, context_.clock());
}

KeySupervisor::Handle KeySupervisor::find(core::KeyNumber number) {
  auto found = by_number_.find(number);
  return found == by_number_.end() ? nullptr : found->second;
}

void KeySupervisor::start_actor(Record& record) {
  record.number = ++last_number_;
  record.blocked = false;
  FlowControlSetup begin{record.number, setup(record), caf::actor_cast<caf::actor>(self_)};
  record.actor = self_->spawn<FlowControlActor>(std::cref(context_), std::move(begin));
  self_->monitor(record.actor);
  by_number_[record.number] = &record;
  by_actor_[record.actor.id()] = &record;
}

core::FlowSetup KeySupervisor::setup(const Record& record) const {
  core::FlowSetup setup{record.ledger.state(), record.ledger.epoch(), waiting(record), {}, {}};
  for (auto [sequence, position] : record.guests)
    setup.guests.push_back(position);
  for (auto [sequence, unsettled] : record.unsettled)
    if (unsettled.holds_slot)
      setup.in_flight.push_back(sequence);
  return setup;
}

// Ready messages that have not started: the store does not know of starts.
std::size_t KeySupervisor::waiting(const Record& record) const {
  auto ready = store_.waiting_count(record.key, admitted_until_);
  auto started = std::count_if(record.unsettled.begin(), record.unsettled.end(),
                               [](const auto& one) { return !one.second.is_guest; });
  return ready - std::min(ready, static_cast<std::size_t>(started));
}

// --- operations --------------------------------------------------------------

bool KeySupervisor::is_known(const FlowControlKey& key) const {
  auto found = records_.find(key);
  return found != records_.end() ? found->second.ledger.is_known() : store_.key(key).has_value();
}

std::optional<FlowState> KeySupervisor::state(const FlowControlKey& key) const {
  auto found = records_.find(key);
  if (found == records_.end())
    return load(key);
  const auto& ledger = found->second.ledger;
  return ledger.is_known() ? std::optional(ledger.state()) : std::nullopt;
}

Result<KeySupervisor::Prepared> KeySupervisor::prepare(Handle key, const core::FlowOperation& operation) {
  if (key->failed && std::holds_alternative<core::Resume>(operation))
    revive(*key);
  auto& ledger = key->ledger;
  auto changes = ledger.apply(operation, context_.clock());
  if (!changes)
    return changes.error();
  if (!*changes)
    return Prepared{std::nullopt, ledger.epoch()};
  return Prepared{row(*key), ledger.epoch()};
}

PutKey KeySupervisor::row(const Record& record) {
  PutKey put{record.key, record.ledger.row()};
  put.state.config.paused = put.state.config.paused || record.failed;
  return put;
}

std::optional<PutKey> KeySupervisor::prepare_lease(Handle key, const core::Lease& lease) {
  return key->ledger.take(lease) ? std::optional(row(*key)) : std::nullopt;
}

void KeySupervisor::on_leased(Handle key, const core::Lease& lease) {
  if (key->actor)
    tell(self_, key->actor, to_key::Leased{lease});
}

void KeySupervisor::forget(Handle key) {
  key->ledger.forget();
  restore(*key);
}

void KeySupervisor::reload(Handle key) {
  key->ledger.reload(load(key->key));
  restore(*key);
}

void KeySupervisor::renew(PutKey& put) const {
  if (auto found = records_.find(put.key); found != records_.end())
    put = row(found->second);
}

// The actor takes over what the record says, and learns that no other operation is to come, so
// that it asks for its lease again.
void KeySupervisor::restore(Record& record) {
  hand_on(&record, core::Restore{record.ledger.state().config}, record.ledger.epoch(), {});
}

void KeySupervisor::hand_on(Handle key, const core::FlowOperation& operation, std::uint64_t epoch,
                            std::function<void()> taken) {
  auto& target = *key;
  target.ledger.on_handed_on(operation);
  if (!target.actor)
    return taken ? taken() : void();
  Ticket ticket = 0;
  if (taken)
    target.operations.emplace(ticket = ++last_ticket_, std::move(taken));
  tell(self_, target.actor, to_key::TakeOperation{operation, epoch, ticket});
}

void KeySupervisor::on_taken(const to_scheduler::OperationTaken& taken) {
  auto* target = find(taken.key);
  if (!target)
    return;
  if (auto operation = target->operations.extract(taken.ticket))
    operation.mapped()();
}

// --- waitlists ---------------------------------------------------------------

void KeySupervisor::admit(Handle key, WaitPosition position) {
  if (key->actor)
    tell(self_, key->actor, to_key::Admit{position, to_key::Arrival::stored, lend(*key, true)});
}

void KeySupervisor::on_due(Handle key, WaitPosition order) {
  if (!is_queue(key->key))
    return admit(key, order);
  // One that has not had its turn is in the waitlist since it was accepted.
  if (key->unsettled.erase(order.sequence) == 0 || !key->actor)
    return;
  if (auto row = store_.message(order.sequence))
    tell(self_, key->actor, to_key::Admit{row->position(), to_key::Arrival::rejoined, lend(*key, true)});
}

void KeySupervisor::admit_guest(Handle key, WaitPosition position) {
  key->guests.emplace(position.sequence, position);
  if (key->actor)
    tell(self_, key->actor, to_key::Admit{position, to_key::Arrival::guest, lend(*key, true)});
}

void KeySupervisor::withdraw(Handle key, WaitPosition position) {
  key->unsettled.erase(position.sequence);
  if (key->actor)
    tell(self_, key->actor, to_key::Withdraw{position, false});
}

void KeySupervisor::withdraw_guest(const FlowControlKey& key, Sequence sequence) {
  auto found = records_.find(key);
  if (found == records_.end())
    return;
  auto& target = found->second;
  auto guest = target.guests.extract(sequence);
  auto position = guest ? guest.mapped() : WaitPosition{WallTime{}, sequence};
  if (target.actor)
    tell(self_, target.actor, to_key::Withdraw{position, true});
}

void KeySupervisor::on_refill(const to_scheduler::Refill& refill) {
  auto* target = find(refill.key);
  if (!target)
    return;
  to_key::Refilled answer{{}, false};
  for (auto after = refill.after; answer.positions.empty() && !answer.complete;) {
    auto slice = store_.waiting(target->key, after, admitted_until_, refill_slice);
    answer.complete = slice.size() < refill_slice;
    if (!slice.empty())
      after = slice.back();
    std::erase_if(slice, [&](WaitPosition one) { return target->unsettled.contains(one.sequence); });
    answer.positions = std::move(slice);
  }
  tell(self_, target->actor, std::move(answer));
}

// --- starts and permits ------------------------------------------------------

KeySupervisor::Handle KeySupervisor::on_start(const to_scheduler::Start& start) {
  auto* target = find(start.key);
  if (!target)
    return nullptr;
  --target->lent;
  target->ledger.on_started(start.window);
  return target;
}

void KeySupervisor::cancel_start() {
  permits_.on_released(1);
  serve_waiting_keys();
}

void KeySupervisor::hold_start(Handle key, Sequence sequence) {
  key->unsettled.insert_or_assign(sequence, Unsettled{true, false});
  cancel_start();
}

void KeySupervisor::confirm_start(Handle key, Sequence sequence) {
  bool is_guest = key->guests.erase(sequence) > 0;
  key->unsettled.insert_or_assign(sequence, Unsettled{true, is_guest});
  ++calls_in_flight_;
}

void KeySupervisor::on_attempt_over(Handle key, Sequence sequence) {
  auto& target = *key;
  --calls_in_flight_;
  permits_.on_released(1);
  if (!is_queue(target.key)) {
    target.unsettled.at(sequence).holds_slot = false;
    if (target.actor)
      tell(self_, target.actor, to_key::Finished{sequence, target.blocked && lend(target, false)});
  }
  serve_waiting_keys();
}

void KeySupervisor::on_outcome_stored(Handle key, Sequence sequence, bool has_ended) {
  auto& target = *key;
  if (!is_queue(target.key)) {
    target.unsettled.erase(sequence);
  } else if (has_ended) {
    target.unsettled.erase(sequence);
    if (target.actor)
      tell(self_, target.actor, to_key::Finished{sequence, lend(target, false)});
  }
}

// A permit saves the actor the way here and back when the next start is likely.
bool KeySupervisor::lend(Record& record, bool unasked) {
  if (!starts_ || (unasked && record.blocked) || !permits_.try_take())
    return false;
  ++record.lent;
  return true;
}

void KeySupervisor::on_want(const to_scheduler::WantPermits& want) {
  auto* target = find(want.key);
  if (!target)
    return;
  if (want.permits > 0)
    target->blocked = false;
  permits_.on_wanted(want.key, want.permits);
  serve_waiting_keys();
}

void KeySupervisor::on_return(const to_scheduler::ReturnPermits& back) {
  auto* target = find(back.key);
  if (!target)
    return;
  target->lent -= back.permits;
  target->blocked = true;
  permits_.on_released(back.permits);
  serve_waiting_keys();
}

void KeySupervisor::set_starts(bool on) {
  if (std::exchange(starts_, on) != on)
    serve_waiting_keys();
}

void KeySupervisor::serve_waiting_keys() {
  while (starts_) {
    auto grant = permits_.poll_grant();
    if (!grant)
      return;
    auto* target = find(grant->key);
    target->lent += grant->permits;
    tell(self_, target->actor, to_key::Grant{grant->permits});
  }
}

} // namespace sluice
