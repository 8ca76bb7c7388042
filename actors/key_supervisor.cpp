#include "actors/key_supervisor.hpp"

#include <algorithm>
#include <utility>

#include "actors/core/lease.hpp"
#include "actors/flow_control_actor.hpp"

namespace sluice {

namespace {

constexpr std::size_t refill_slice = core::FlowController::max_window - core::FlowController::low_window;
constexpr std::size_t max_deaths = 3; // within `death_window`, then the key is stopped
constexpr auto death_window = std::chrono::minutes{1};

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
  auto& record = records_[key];
  record.key = key;
  auto stored = load(key);
  record.stored = stored.has_value();
  record.state = stored ? std::move(*stored) : initial_state(key);
  record.lease = record.counted = record.state.window;
  record.used_at = context_.clock().steady;
  record.turn = rounds_.insert(rounds_.end(), &record);
  start_actor(record);
  return record;
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
  core::FlowSetup setup{record.state, record.epoch, waiting(record), {}, {}};
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
  return found != records_.end() ? found->second.stored : store_.key(key).has_value();
}

std::optional<FlowState> KeySupervisor::state(const FlowControlKey& key) const {
  if (auto found = records_.find(key); found != records_.end())
    return found->second.stored ? std::optional(found->second.state) : std::nullopt;
  return load(key);
}

Result<KeySupervisor::Prepared> KeySupervisor::prepare(Handle key, const core::FlowOperation& operation) {
  auto& target = *key;
  auto config = core::apply(target.state.config, operation);
  if (!config)
    return config.error();
  bool resets = core::starts_period(operation);
  if (target.stored && !resets && *config == target.state.config)
    return Prepared{std::nullopt, target.epoch};
  if (target.failed && std::holds_alternative<core::Resume>(operation))
    revive(target);
  auto now = context_.clock();
  bool was_leased = core::is_leased(target.state.config.limits);
  if (!std::exchange(target.stored, true))
    target.state.created_at = now.wall;
  target.state.updated_at = now.wall;
  target.state.config = *config;
  if (resets) {
    ++target.epoch;
    target.state.window = target.lease = {now.steady, now.wall, 0};
  } else if (!was_leased && core::is_leased(config->limits)) {
    // Starts that nobody wrote: until the next lease a window that runs counts as spent.
    target.lease = target.state.window;
    target.lease.count = target.lease.start ? *config->limits.rate : 0;
  }
  target.saved = false;
  return Prepared{row(target), target.epoch};
}

// What the store is to know: of a leased window all that may be used before the next commit.
PutKey KeySupervisor::row(const Record& record) const {
  PutKey put{record.key, record.state};
  put.state.config.paused = put.state.config.paused || record.failed;
  auto& window = put.state.window;
  const auto& lease = record.lease;
  if (!core::is_leased(record.state.config.limits) || lease.start < window.start)
    return put;
  auto counted = lease.start == window.start ? window.count : 0;
  window = {lease.start, lease.started_at, std::max(counted, lease.count)};
  return put;
}

std::optional<PutKey> KeySupervisor::prepare_lease(Handle key, const core::Lease& lease) {
  if (lease.epoch != key->epoch)
    return std::nullopt;
  key->lease = lease.window;
  return row(*key);
}

void KeySupervisor::on_leased(Handle key, const core::Lease& lease) {
  if (key->actor)
    tell(self_, key->actor, to_key::Leased{lease});
}

// Begins paused, as it ended; the operation that revives it is still to be handed on.
void KeySupervisor::revive(Record& record) {
  record.failed = false;
  record.deaths.clear();
  start_actor(record);
}

void KeySupervisor::forget(Handle key) {
  key->stored = false;
  key->state = initial_state(key->key);
  restore(*key);
}

void KeySupervisor::reload(Handle key) {
  auto stored = store_.key(key->key);
  key->stored = stored.has_value();
  key->state.config = stored ? stored->state.config : initial_state(key->key).config;
  key->state.window = key->counted;
  key->lease = stored ? stored->state.window : key->counted;
  ++key->epoch; // A lease that was on its way is void.
  restore(*key);
}

void KeySupervisor::renew(PutKey& put) const {
  if (auto found = records_.find(put.key); found != records_.end())
    put = row(found->second);
}

// The actor takes over what the record says, and learns that no other operation is to come, so
// that it asks for its lease again.
void KeySupervisor::restore(Record& record) { hand_on(&record, core::Restore{record.state.config}, record.epoch, {}); }

void KeySupervisor::hand_on(Handle key, const core::FlowOperation& operation, std::uint64_t epoch,
                            std::function<void()> taken) {
  auto& target = *key;
  if (core::starts_period(operation))
    target.counted = target.state.window;
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
  if (key->unsettled.erase(order.sequence) > 0 && key->actor)
    tell(self_, key->actor, to_key::Admit{{WallTime{}, order.sequence}, to_key::Arrival::rejoined, lend(*key, true)});
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
  target->saved = false;
  target->state.window = target->counted = start.window;
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

// --- restarts ----------------------------------------------------------------

KeySupervisor::Handle KeySupervisor::on_down(const caf::down_msg& down) {
  auto found = by_actor_.find(down.source.id());
  if (found == by_actor_.end())
    return nullptr;
  auto& dead = *found->second;
  by_actor_.erase(found);
  by_number_.erase(dead.number);
  dead.actor = nullptr;
  permits_.forget(dead.number);
  permits_.on_released(std::exchange(dead.lent, 0));
  dead.failed = died_too_often(dead);
  restart(dead);
  serve_waiting_keys();
  return dead.failed ? &dead : nullptr;
}

// The mirror holds every operation that was handed on, so they all have taken effect now.
void KeySupervisor::restart(Record& record) {
  if (!record.failed)
    start_actor(record);
  for (auto& [ticket, taken] : std::exchange(record.operations, {}))
    taken();
  for (auto& [ticket, reply] : std::exchange(record.inspections, {}))
    inspect(record.key, std::move(reply));
}

bool KeySupervisor::died_too_often(Record& record) {
  auto now = context_.clock().steady;
  std::erase_if(record.deaths, [&](TimePoint death) { return death + death_window <= now; });
  record.deaths.push_back(now);
  return record.deaths.size() >= max_deaths;
}

// --- inspection --------------------------------------------------------------

void KeySupervisor::inspect(const FlowControlKey& key, InfoReply reply) {
  auto found = records_.find(key);
  if (found == records_.end()) {
    Record retired;
    retired.key = key;
    retired.state = load(key).value_or(initial_state(key));
    return reply(describe(retired));
  }
  auto& target = found->second;
  if (!target.actor)
    return reply(describe(target));
  auto ticket = ++last_ticket_;
  target.inspections.emplace(ticket, std::move(reply));
  tell(self_, target.actor, to_key::Inspect{ticket});
}

// A key without an actor, from what is known about it.
FlowControlInfo KeySupervisor::describe(const Record& record) const {
  auto info = core::FlowController(setup(record)).info(context_.clock());
  info.key = record.key;
  info.is_failed = record.failed;
  return info;
}

void KeySupervisor::on_inspected(to_scheduler::Inspected& inspected) {
  auto* target = find(inspected.key);
  if (!target)
    return;
  inspected.info.key = target->key;
  if (auto reply = target->inspections.extract(inspected.ticket))
    reply.mapped()(std::move(inspected.info));
}

// --- retirement --------------------------------------------------------------

std::vector<PutKey> KeySupervisor::idle_keys(TimePoint before, std::size_t keep, std::size_t limit) {
  std::vector<PutKey> idle;
  for (auto looks = std::min(limit, rounds_.size()); looks > 0; --looks) {
    if (next_round_ == rounds_.end())
      next_round_ = rounds_.begin();
    auto& candidate = **next_round_++;
    bool is_excess = rounds_.size() > keep + idle.size();
    if ((candidate.used_at < before || is_excess) && is_idle(candidate))
      idle.push_back(exact_row(candidate));
  }
  return idle;
}

// Should something start after all, the actor asks for a new lease.
PutKey KeySupervisor::exact_row(Record& record) {
  if (core::is_leased(record.state.config.limits)) {
    record.lease = record.state.window;
    restore(record);
  }
  return {record.key, record.state};
}

bool KeySupervisor::is_idle(const Record& record) const {
  return record.unsettled.empty() && record.guests.empty() && record.lent == 0 && record.holds == 0 &&
         record.operations.empty() && record.inspections.empty() && !record.failed &&
         store_.waiting(record.key, {}, admitted_until_, 1).empty();
}

std::vector<PutKey> KeySupervisor::unsaved() const {
  std::vector<PutKey> rows;
  for (const auto& [key, record] : records_)
    if (record.stored && !record.saved)
      rows.push_back({key, record.state});
  return rows;
}

void KeySupervisor::retire(const FlowControlKey& key) {
  auto found = records_.find(key);
  if (found == records_.end() || !is_idle(found->second))
    return;
  auto& record = found->second;
  by_number_.erase(record.number);
  by_actor_.erase(record.actor.id());
  if (next_round_ == record.turn)
    ++next_round_;
  rounds_.erase(record.turn);
  permits_.forget(record.number);
  self_->send_exit(record.actor, caf::exit_reason::user_shutdown);
  records_.erase(found);
}

void KeySupervisor::shut_down() {
  for (auto& [key, record] : records_)
    if (record.actor)
      self_->send_exit(record.actor, caf::exit_reason::user_shutdown);
  records_.clear();
  by_number_.clear();
  by_actor_.clear();
  rounds_.clear();
}

} // namespace sluice
