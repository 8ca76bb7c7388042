#include "actors/attempts.hpp"

#include <algorithm>

#include "actors/crash_point.hpp"
#include "actors/retention.hpp"

namespace sluice {

namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;

constexpr std::size_t drop_every = 256; // outcomes
constexpr int max_abandoned = 3;

EventKind event_of(MessageRow::State end) {
  if (end == MessageRow::State::delivered)
    return EventKind::delivered;
  return end == MessageRow::State::failed ? EventKind::failed : EventKind::cancelled;
}

} // namespace

// --- starts ------------------------------------------------------------------

void Attempts::on_start(const to_scheduler::Start& start, bool may_start) {
  auto key = place_.keys.on_start(start);
  if (!key)
    return;
  auto row = may_start ? place_.store.message(start.sequence) : std::nullopt;
  if (!row || row->state != MessageRow::State::pending)
    return place_.keys.cancel_start();
  if (row->cancel_requested) {
    place_.keys.cancel_start();
    return end_cancelled(*row);
  }
  bool from_queue = is_queue(key->key);
  // What is due by now must not become due a second time after it was let through.
  if (from_queue && !place_.due.has_admitted({row->ready_at, start.sequence}))
    place_.due.admit_due();
  if (from_queue && row->ready_at > place_.due.now())
    place_.keys.hold_start(key, start.sequence); // Its turn has come, its time has not.
  else if (from_queue && row->message->request.flow_control)
    let_through(key, *row);
  else
    begin(key, std::move(*row));
}

// The queue's head now competes for its flow-control key.
void Attempts::let_through(KeySupervisor::Handle queue, const MessageRow& row) {
  auto sequence = row.message->id.sequence();
  place_.keys.hold_start(queue, sequence);
  SLUICE_CRASH_POINT("queue.head_let_through");
  place_.keys.admit_guest(place_.keys.find_or_create(flow_key(*row.message)), {place_.due.now(), sequence});
}

void Attempts::begin(KeySupervisor::Handle key, MessageRow row) {
  auto sequence = row.message->id.sequence();
  place_.keys.confirm_start(key, sequence);
  const auto& options = place_.options;
  auto timeout = std::min(row.message->request.timeout.value_or(options.max_timeout), options.max_timeout);
  int number = row.attempts + 1;
  deliveries_.start({row.message, number, timeout, signer_});
  running_.insert_or_assign(sequence, Running{std::move(row.message), key, number, row.ready_at, place_.now().wall});
  SLUICE_CRASH_POINT("attempt.started");
}

// --- outcomes ----------------------------------------------------------------

void Attempts::on_ended(to_scheduler::AttemptEnded& ended) {
  if (deliveries_.on_ended(ended.slot, ended.sequence))
    conclude(ended.sequence, std::move(ended.outcome));
}

void Attempts::conclude(Sequence sequence, Outcome outcome) {
  SLUICE_CRASH_POINT("attempt.ended");
  auto& running = running_.at(sequence);
  // The call is over: its slot is free before the outcome is stored.
  place_.keys.on_attempt_over(running.key, sequence);
  running.ended_at = place_.now().wall;
  auto decision = core::judge(outcome, running.message->request, running.number, running.ended_at);
  SLUICE_CRASH_POINT("attempt.judged");
  settle(running, decision, std::move(outcome));
}

void Attempts::settle(Running& running, const core::Decision& decision, Outcome outcome) {
  auto status = static_cast<std::int16_t>(outcome.status);
  add_event(running, {running.started_at, sequence_of(running), EventKind::active, 0, {}, {}});
  call_back(running, decision, outcome);
  if (decision.verdict == core::Verdict::delivered)
    return finish(running, MessageRow::State::delivered, status);
  add_event(running, {running.ended_at, sequence_of(running), EventKind::error, status, {}, decision.error});
  if (running.cancelled)
    return finish(running, MessageRow::State::cancelled, 0);
  if (decision.verdict == core::Verdict::retry)
    return retry(running, decision, status);
  add_dlq_entry(running, decision, outcome);
  finish(running, MessageRow::State::failed, status);
}

// What is told of the attempt is stored in one commit with its outcome (spec §6.1).
void Attempts::call_back(Running& running, const core::Decision& decision, const Outcome& outcome) {
  const auto& request = running.message->request;
  if (!request.callback && !request.failure_callback)
    return;
  bool has_ended = running.cancelled || decision.verdict != core::Verdict::retry;
  bool has_failed = !running.cancelled && decision.verdict == core::Verdict::failed;
  AttemptReport report{*running.message, running.number, outcome, decision.error};
  if (request.callback)
    stage_callback(running, request.callback, report, has_ended);
  if (!request.failure_callback || !has_failed)
    return;
  report.dlq_id = dlq_id_of(running);
  stage_callback(running, request.failure_callback, report, has_ended);
}

// A queue waits for those of a message that has ended, unless it is gone; before, its slot is still held by the message.
void Attempts::stage_callback(Running& running, const std::shared_ptr<const Callback>& callback,
                              const AttemptReport& report, bool has_ended) {
  auto request = make_callback(*callback, report, place_.options.max_body);
  if (const auto& queue = running.message->request.queue; queue && has_ended && place_.keys.is_known(queue_key(*queue)))
    request.queue = queue;
  running.callbacks.push_back(intake_.stage_callback(std::move(request)));
}

void Attempts::add_dlq_entry(const Running& running, const core::Decision& decision, Outcome& outcome) {
  place_.sequencer.add(InsertDlqEntry{std::make_shared<const DlqEntry>(
      DlqEntry{dlq_id_of(running), running.message, running.number, outcome.status, std::move(outcome.headers),
               Body{std::move(outcome.body)}, decision.error})});
}

void Attempts::retry(const Running& running, const core::Decision& decision, std::int16_t status) {
  auto sequence = sequence_of(running);
  auto delay = ceil<milliseconds>(decision.delay);
  auto retry_at = place_.due.now() + delay;
  add_event(running, {running.ended_at, sequence, EventKind::retry, status, running.ended_at + delay, {}});
  place_.sequencer.add(RetryMessage{sequence, running.number, retry_at});
  place_.sequencer.submit_firmly([this, sequence, retry_at](const Result<void>&) {
    SLUICE_CRASH_POINT("attempt.retry_stored");
    on_stored(sequence, retry_at);
  });
}

void Attempts::finish(const Running& running, MessageRow::State state, std::int16_t status) {
  auto sequence = sequence_of(running);
  add_event(running, {running.ended_at, sequence, event_of(state), status, {}, {}});
  const auto& message = *running.message;
  auto scheduled = running.number > 1 || message.not_before > message.created_at;
  place_.sequencer.add(FinishMessage{sequence, state, running.number, running.ended_at, footprint(message),
                                     message.request.schedule.has_value(), scheduled});
  // Twice as much as has come, so that what is kept shrinks to its bound.
  if (++finished_ % drop_every == 0)
    add_retention(place_, 2 * drop_every);
  place_.sequencer.submit_firmly([this, sequence, state](const Result<void>&) {
    if (state == MessageRow::State::failed)
      SLUICE_CRASH_POINT("attempt.dlq_stored");
    SLUICE_CRASH_POINT("attempt.end_stored");
    on_stored(sequence, std::nullopt);
  });
}

void Attempts::add_event(const Running& running, Event event) {
  place_.sequencer.add(AddEvent{std::move(event), running.message});
}

void Attempts::on_stored(Sequence sequence, std::optional<WallTime> retry_at) {
  auto settled = running_.extract(sequence);
  auto& running = settled.mapped();
  auto queue = queue_of(running);
  if (!retry_at && !abandoned_.empty())
    abandoned_.erase(sequence);
  for (const auto& callback : running.callbacks)
    intake_.settle(callback, {});
  place_.keys.on_outcome_stored(running.key, sequence, !retry_at);
  if (queue && !retry_at)
    SLUICE_CRASH_POINT("queue.head_finished");
  if (queue && queue != running.key)
    place_.keys.on_outcome_stored(queue, sequence, !retry_at);
  if (retry_at) {
    place_.due.on_scheduled(queue ? queue : running.key, {*retry_at, sequence});
    // It was cancelled after its outcome was judged.
    if (running.cancelled)
      end_cancelled(*place_.store.message(sequence));
  }
  if (on_settled)
    on_settled();
}

KeySupervisor::Handle Attempts::queue_of(const Running& running) {
  const auto& queue = running.message->request.queue;
  return queue ? place_.keys.find_or_create(queue_key(*queue)) : nullptr;
}

bool Attempts::mark_cancelled(Sequence sequence) { return !std::exchange(running_.at(sequence).cancelled, true); }

void Attempts::unmark_cancelled(Sequence sequence) {
  if (auto running = running_.find(sequence); running != running_.end())
    running->second.cancelled = false;
}

// --- actors that die ---------------------------------------------------------

bool Attempts::on_down(const caf::down_msg& down) {
  auto carried = deliveries_.on_down(down);
  if (carried)
    abandon(*carried);
  return carried.has_value();
}

// As after a crash, the attempt does not count and its message is ready again at once. A message
// that does this again and again has failed.
void Attempts::abandon(Sequence sequence) {
  if (++abandoned_[sequence] >= max_abandoned)
    return conclude(sequence, Outcome{0, {}, {}, "the attempt was broken off inside sluice"});
  auto running = running_.extract(sequence).mapped();
  auto& keys = place_.keys;
  bool is_guest = running.key->unsettled.at(sequence).is_guest;
  keys.on_attempt_over(running.key, sequence);
  WaitPosition order{running.ready_at, sequence};
  if (is_queue(running.key->key))
    return keys.on_due(running.key, order);
  keys.on_outcome_stored(running.key, sequence, false);
  if (is_guest)
    keys.admit_guest(running.key, order);
  else
    keys.admit(running.key, order);
}

} // namespace sluice
