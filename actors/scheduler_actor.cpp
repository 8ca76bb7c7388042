#include "actors/scheduler_actor.hpp"

#include <algorithm>

namespace sluice {

namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;

constexpr std::size_t drop_every = 256; // outcomes; each time twice as many are dropped at most
constexpr std::size_t idle_slice = 1024;
constexpr auto housekeeping_interval = std::chrono::seconds{1};
constexpr int max_abandoned = 3;

Error not_found(std::string what) { return {ErrorCode::not_found, std::move(what) + " not found", {}}; }
Error stopping() { return {ErrorCode::unavailable, "the scheduler is stopping", {}}; }

// A caller is told that its request failed inside; other messages have no caller.
template <class Message>
void answer_failure(Message& message, const std::string& what) {
  if constexpr (requires { message.reply(Error{}); })
    if (message.reply)
      message.reply(Error{ErrorCode::internal, "internal error: " + what, {}});
}

// Puts the answers of many keys together.
struct Gathering {
  std::vector<FlowControlInfo> infos;
  std::size_t missing;
  Reply<std::vector<FlowControlInfo>> reply;

  void take(std::size_t index, FlowControlInfo info) {
    infos[index] = std::move(info);
    if (--missing == 0)
      reply(std::move(infos));
  }
};

} // namespace

SchedulerActor::SchedulerActor(caf::actor_config& config, const ActorContext& context, const SchedulerOptions& options,
                               Store& store, Transport& transport)
    : event_based_actor(config),
      context_(context),
      options_(options),
      store_(store),
      keys_(this, context, store, static_cast<std::size_t>(options.global_parallelism)),
      due_(this, context, store, keys_),
      deliveries_(this, context, transport),
      sequencer_(store, Fence{1}, [](std::function<void()> work) { work(); }),
      sequences_(store.last_sequence()),
      origin_(random_bits()) {
  end_on_exception(this);
}

template <class Message>
auto SchedulerActor::handler(std::string_view name, void (SchedulerActor::*handle)(Message&)) {
  return [this, name, handle](Message& message) { guard(name, message, handle); };
}

template <class Message>
void SchedulerActor::guard(std::string_view name, Message& message, void (SchedulerActor::*handle)(Message&)) {
  try {
    try {
      context_.enter(name);
    } catch (const std::exception&) {
      context_.enter(name);
    }
    (this->*handle)(message);
  } catch (const std::exception& error) {
    answer_failure(message, error.what());
  }
}

caf::behavior SchedulerActor::make_behavior() {
  auto keys = store_.signing_keys().value_or(options_.signing_keys);
  use_signing_keys({keys.current.empty() ? random_signing_key() : keys.current,
                    keys.next.empty() ? random_signing_key() : keys.next});
  set_down_handler([this](caf::down_msg& down) { on_down(down); });
  tell_after(this, housekeeping_interval, caf::actor_cast<caf::actor>(this), to_scheduler::Housekeeping{});
  // The hot path first: CAF tries handlers in order.
  return {
      handler("scheduler.publish", &SchedulerActor::publish),
      handler("scheduler.start", &SchedulerActor::start),
      handler("scheduler.attempt_ended", &SchedulerActor::attempt_ended),
      [this](const to_scheduler::WantPermits& want) { keys_.on_want(want); },
      [this](const to_scheduler::ReturnPermits& back) { keys_.on_return(back); },
      handler("scheduler.refill", &SchedulerActor::refill),
      [this](const to_scheduler::OperationTaken& taken) { keys_.on_taken(taken); },
      [this](to_scheduler::Inspected& inspected) { keys_.on_inspected(inspected); },
      handler("scheduler.find_message", &SchedulerActor::find_message),
      handler("scheduler.cancel", &SchedulerActor::cancel),
      handler("scheduler.operate", &SchedulerActor::operate),
      handler("scheduler.find_key", &SchedulerActor::find_key),
      handler("scheduler.list_keys", &SchedulerActor::list_keys),
      handler("scheduler.count_calls", &SchedulerActor::count_calls),
      handler("scheduler.list_dlq", &SchedulerActor::list_dlq),
      handler("scheduler.read_signing_keys", &SchedulerActor::read_signing_keys),
      handler("scheduler.due_wakeup", &SchedulerActor::due_wakeup),
      handler("scheduler.housekeeping", &SchedulerActor::housekeeping),
      handler("scheduler.stop", &SchedulerActor::stop),
      handler("scheduler.grace_over", &SchedulerActor::grace_over),
  };
}

void SchedulerActor::on_exit() {
  keys_.shut_down();
  deliveries_.shut_down();
}

// --- publish, find, cancel ---------------------------------------------------

void SchedulerActor::publish(to_scheduler::Publish& call) {
  if (stopping_)
    return call.reply(stopping());
  auto now = context_.clock();
  auto message = accept(std::move(call.request), now);
  if (!store_.has_room(footprint(*message)))
    return call.reply(Error{ErrorCode::overloaded, "the store is full; try again later", {}});

  auto key = keys_.find_or_create(flow_key(*message));
  keys_.hold(key);
  std::optional<PutKey> limits_changed;
  if (const auto& flow = message->request.flow_control)
    limits_changed = *keys_.prepare(key, core::UseLimits{flow->limits});
  auto wait = message->not_before - now.wall;
  WaitPosition position{due_.at(now) + wait, message->id.sequence()};
  bool scheduled = wait > milliseconds{0};

  InsertMessage insert{message, position.ready_at, scheduled};
  auto then = [this, key, message = std::move(message), position, scheduled, changed = limits_changed.has_value(),
               reply = std::move(call.reply)](const Result<void>& stored) {
    keys_.release(key);
    if (!stored) {
      keys_.reload(key);
      return reply(stored.error());
    }
    reply(message->id);
    if (changed)
      keys_.hand_on(key, core::UseLimits{message->request.flow_control->limits}, {});
    if (scheduled)
      due_.on_scheduled(key, position);
    else
      keys_.admit(key, position);
  };
  if (limits_changed)
    sequencer_.submit(std::move(then), std::move(*limits_changed), std::move(insert));
  else
    sequencer_.submit(std::move(then), std::move(insert));
}

// Gives a request its number and its times.
std::shared_ptr<const Message> SchedulerActor::accept(PublishRequest request, Now now) {
  auto message = std::make_shared<Message>();
  message->id = {sequences_.next(now.wall), origin_};
  message->created_at = now.wall;
  message->not_before =
      request.not_before ? std::max(*request.not_before, now.wall) : now.wall + ceil<milliseconds>(request.delay);
  message->request = std::move(request);
  return message;
}

std::optional<MessageRow> SchedulerActor::find(MessageId id) const {
  auto row = store_.message(id.sequence());
  return row && row->message->id == id ? row : std::nullopt;
}

void SchedulerActor::find_message(to_scheduler::FindMessage& call) {
  auto row = find(call.id);
  if (!row)
    return call.reply(not_found("message"));
  auto state = state_of(*row);
  call.reply(MessageInfo{std::move(row->message), state, row->attempts});
}

MessageState SchedulerActor::state_of(const MessageRow& row) {
  switch (row.state) {
  case MessageRow::State::delivered:
    return MessageState::delivered;
  case MessageRow::State::failed:
    return MessageState::failed;
  case MessageRow::State::cancelled:
    return MessageState::cancelled;
  case MessageRow::State::pending:
    break;
  }
  if (running_.contains(row.message->id.sequence()))
    return MessageState::active;
  return row.ready_at > due_.now() ? MessageState::delayed : MessageState::waiting;
}

void SchedulerActor::cancel(to_scheduler::Cancel& call) {
  auto row = find(call.id);
  if (!row || row->state != MessageRow::State::pending || cancelling_.contains(call.id.sequence()))
    return call.reply(not_found("message"));
  if (auto running = running_.find(call.id.sequence()); running != running_.end())
    cancel_running(call, running->second);
  else
    cancel_waiting(call, *row);
}

// The attempt goes on; what follows a failure is decided by the mark.
void SchedulerActor::cancel_running(to_scheduler::Cancel& call, Running& running) {
  if (std::exchange(running.cancelled, true))
    return call.reply(not_found("message"));
  sequencer_.submit([reply = std::move(call.reply)](const Result<void>& stored) { reply(stored); },
                    RequestCancel{call.id.sequence()});
}

void SchedulerActor::cancel_waiting(to_scheduler::Cancel& call, const MessageRow& row) {
  auto sequence = call.id.sequence();
  due_.admit_due(); // From here on its position tells whether it is in a waitlist.
  cancelling_.insert(sequence);
  auto key = keys_.find_or_create(flow_key(*row.message));
  keys_.hold(key);
  auto then = [this, sequence, key, position = row.position(),
               reply = std::move(call.reply)](const Result<void>& stored) {
    keys_.release(key);
    cancelling_.erase(sequence);
    if (stored && due_.has_admitted(position))
      keys_.withdraw(key, position);
    reply(stored);
  };
  sequencer_.submit(std::move(then),
                    FinishMessage{sequence, MessageRow::State::cancelled, row.attempts, context_.clock().wall});
}

// --- flow control ------------------------------------------------------------

void SchedulerActor::operate(to_scheduler::Operate& call) {
  bool creates =
      std::holds_alternative<PinRequest>(call.operation) || std::holds_alternative<core::Pause>(call.operation);
  if (!creates && !keys_.is_known(call.key))
    return call.reply({});
  auto key = keys_.find_or_create(call.key);
  auto change = keys_.prepare(key, call.operation);
  if (!change)
    return call.reply(change.error());
  keys_.hold(key);
  auto then = [this, key, operation = call.operation, reply = std::move(call.reply)](const Result<void>& stored) {
    keys_.release(key);
    if (!stored) {
      keys_.reload(key);
      return reply(stored.error());
    }
    keys_.hand_on(key, operation, [reply] { reply({}); });
  };
  if (*change)
    sequencer_.submit(std::move(then), std::move(**change));
  else
    sequencer_.submit(std::move(then));
}

void SchedulerActor::find_key(to_scheduler::FindKey& call) {
  if (!keys_.is_known(call.key))
    return call.reply(not_found("flow control key"));
  keys_.inspect(call.key, [reply = std::move(call.reply)](FlowControlInfo info) { reply(std::move(info)); });
}

void SchedulerActor::list_keys(to_scheduler::ListKeys& call) {
  auto keys = store_.keys(call.query);
  if (keys.empty())
    return call.reply(std::vector<FlowControlInfo>{});
  auto gathering = std::make_shared<Gathering>(
      Gathering{std::vector<FlowControlInfo>(keys.size()), keys.size(), std::move(call.reply)});
  for (std::size_t i = 0; i < keys.size(); ++i)
    keys_.inspect(keys[i], [gathering, i](FlowControlInfo info) { gathering->take(i, std::move(info)); });
}

void SchedulerActor::count_calls(to_scheduler::CountCalls& call) {
  call.reply(GlobalParallelism{static_cast<std::int64_t>(keys_.permits()),
                               static_cast<std::int64_t>(keys_.calls_in_flight())});
}

// --- DLQ, keys ---------------------------------------------------------------

void SchedulerActor::list_dlq(to_scheduler::ListDlq& call) { call.reply(store_.dlq(call.query)); }

void SchedulerActor::read_signing_keys(to_scheduler::ReadSigningKeys& call) {
  if (!call.rotate)
    return call.reply(signing_keys_);
  SigningKeys rotated{signing_keys_.next, random_signing_key()};
  sequencer_.submit(
      [this, rotated, reply = std::move(call.reply)](const Result<void>& stored) {
        if (!stored)
          return reply(stored.error());
        use_signing_keys(rotated);
        reply(rotated);
      },
      PutSigningKeys{rotated});
}

void SchedulerActor::use_signing_keys(SigningKeys keys) {
  signer_ = std::make_shared<const Signer>(keys.current);
  signing_keys_ = std::move(keys);
}

// --- attempts ----------------------------------------------------------------

void SchedulerActor::start(to_scheduler::Start& start) {
  auto key = keys_.on_start(start);
  if (!key)
    return;
  auto row = store_.message(start.sequence);
  bool gone = !row || row->state != MessageRow::State::pending || cancelling_.contains(start.sequence);
  if (gone || stopping_)
    return keys_.cancel_start();
  keys_.confirm_start(key, start.sequence);
  auto timeout = std::min(row->message->request.timeout.value_or(options_.max_timeout), options_.max_timeout);
  int number = row->attempts + 1;
  deliveries_.start({row->message, number, timeout, signer_});
  running_.insert_or_assign(start.sequence,
                            Running{std::move(row->message), key, number, row->ready_at, row->cancel_requested});
}

void SchedulerActor::refill(to_scheduler::Refill& refill) {
  due_.admit_due();
  keys_.on_refill(refill);
}

void SchedulerActor::attempt_ended(to_scheduler::AttemptEnded& ended) {
  if (deliveries_.on_ended(ended.slot, ended.sequence))
    conclude(ended.sequence, std::move(ended.outcome));
}

void SchedulerActor::conclude(Sequence sequence, Outcome outcome) {
  auto& running = running_.at(sequence);
  // The call is over: its slot is free before the outcome is stored.
  keys_.on_attempt_over(running.key, sequence);
  auto decision = core::judge(outcome, running.message->request, running.number, context_.clock().wall);
  settle(sequence, decision, std::move(outcome));
}

void SchedulerActor::settle(Sequence sequence, const core::Decision& decision, Outcome outcome) {
  auto& running = running_.at(sequence);
  auto now = context_.clock().wall;
  bool delivered = decision.verdict == core::Verdict::delivered;
  bool retries = decision.verdict == core::Verdict::retry && !running.cancelled;
  auto retry_at = retries ? due_.now() + ceil<milliseconds>(decision.delay) : WallTime{};
  auto then = [this, sequence, retries, retry_at](const Result<void>&) {
    auto settled = running_.find(sequence);
    auto key = settled->second.key;
    running_.erase(settled);
    if (retries)
      due_.on_scheduled(key, {retry_at, sequence});
    else if (!abandoned_.empty())
      abandoned_.erase(sequence);
    keys_.on_outcome_stored(key, sequence);
    finish_stop_if_quiet();
  };
  auto finish = [&](MessageRow::State state) { return FinishMessage{sequence, state, running.number, now}; };
  if (retries) {
    sequencer_.submit(std::move(then), RetryMessage{sequence, running.number, retry_at});
  } else if (!delivered && !running.cancelled) {
    DlqEntry entry{{now.time_since_epoch().count(), sequence},
                   running.message,
                   running.number,
                   outcome.status,
                   std::move(outcome.headers),
                   Body{std::move(outcome.body)},
                   decision.error};
    sequencer_.submit(std::move(then), finish(MessageRow::State::failed), InsertDlqEntry{std::move(entry)});
  } else {
    auto end = finish(delivered ? MessageRow::State::delivered : MessageRow::State::cancelled);
    if (++finished_ % drop_every == 0)
      sequencer_.submit(std::move(then), end, DropFinished{WallTime{}, options_.max_finished, 2 * drop_every});
    else
      sequencer_.submit(std::move(then), end);
  }
}

// The actor of an attempt died: as after a crash, the attempt does not count and its message
// is ready again at once. A message that does this again and again has failed.
void SchedulerActor::abandon(Sequence sequence) {
  if (++abandoned_[sequence] >= max_abandoned)
    return conclude(sequence, Outcome{0, {}, {}, "the attempt was broken off inside sluice"});
  auto running = running_.extract(sequence).mapped();
  keys_.on_attempt_over(running.key, sequence);
  keys_.on_outcome_stored(running.key, sequence);
  keys_.admit(running.key, {running.ready_at, sequence});
}

void SchedulerActor::on_down(const caf::down_msg& down) {
  if (auto sequence = deliveries_.on_down(down))
    return abandon(*sequence);
  due_.admit_due();
  if (auto key = keys_.on_down(down))
    stop_failed_key(key);
}

void SchedulerActor::stop_failed_key(KeySupervisor::Handle key) {
  auto change = keys_.prepare(key, core::Pause{});
  if (change && *change)
    sequencer_.submit([](const Result<void>&) {}, std::move(**change));
}

// --- time --------------------------------------------------------------------

void SchedulerActor::due_wakeup(to_scheduler::DueWakeup&) { due_.on_wakeup(); }

// Also notices a wall clock that was set forward.
void SchedulerActor::housekeeping(to_scheduler::Housekeeping&) {
  due_.admit_due();
  auto now = context_.clock();
  auto before = [&](Duration keep) { return now.wall - ceil<milliseconds>(keep); };
  sequencer_.submit([](const Result<void>&) {},
                    DropFinished{before(options_.keep_finished), options_.max_finished, drop_every},
                    DropDlqEntries{before(options_.keep_dlq), drop_every});
  retire_idle_keys();
  tell_after(this, housekeeping_interval, caf::actor_cast<caf::actor>(this), to_scheduler::Housekeeping{});
}

void SchedulerActor::retire_idle_keys() {
  auto before = context_.clock().steady - options_.idle_key_after;
  for (auto& idle : keys_.idle_keys(before, options_.max_idle_keys, idle_slice)) {
    auto then = [this, key = idle.key](const Result<void>& stored) {
      if (stored)
        keys_.retire(key);
    };
    if (idle.key.text == "$")
      sequencer_.submit(std::move(then));
    else
      sequencer_.submit(std::move(then), std::move(idle));
  }
}

// --- shutdown ----------------------------------------------------------------

void SchedulerActor::stop(to_scheduler::Stop& call) {
  stopping_ = true;
  stopped_ = std::move(call.done);
  keys_.stop_starts();
  tell_after(this, call.grace, caf::actor_cast<caf::actor>(this), to_scheduler::GraceOver{});
  finish_stop_if_quiet();
}

void SchedulerActor::finish_stop_if_quiet() {
  if (stopped_ && running_.empty())
    std::exchange(stopped_, nullptr)();
}

void SchedulerActor::grace_over(to_scheduler::GraceOver&) {
  if (stopped_)
    std::exchange(stopped_, nullptr)();
}

} // namespace sluice
