#include "actors/cancellations.hpp"

#include <algorithm>
#include <limits>

#include "actors/audit_text.hpp"
#include "actors/core/filters.hpp"
#include "actors/crash_point.hpp"

namespace sluice {

namespace {

constexpr std::size_t slice_size = 256;

} // namespace

// Walks over the messages of the store, or of one queue, in the order of acceptance.
struct Cancellations::Sweep {
  CancelFilter filter{};
  std::optional<FlowControlKey> queue{}; ///< To be dropped in the end.
  WaitPosition after{}; ///< Outside of a queue only its number counts.
  bool has_more = true;
  std::size_t cancelled = 0;
  Operator by{};
  Reply<std::size_t> reply;

  bool is_full(std::size_t more = 0) const { return filter.count && cancelled + more >= *filter.count; }
  bool is_last(std::size_t more) const { return !has_more || is_full(more); }
};

void Cancellations::cancel(MessageId id, Operator by, Reply<void> reply) {
  place_.due.admit_due();
  auto row = place_.store.message(id.sequence());
  Slice slice;
  if (!row || row->message->id != id || !stage(*row, slice))
    return reply(not_found("message"));
  place_.audit(std::move(by), "cancel", id.text());
  SLUICE_CRASH_POINT("cancel.before_commit");
  place_.sequencer.submit([this, slice = std::move(slice), reply = std::move(reply)](const Result<void>& stored) {
    SLUICE_CRASH_POINT("cancel.committed");
    settle(slice, stored.has_value());
    reply(stored);
  });
}

// False if there is nothing left to cancel. What is due must have been admitted before: then the
// order of a message tells whether it is in a waitlist.
bool Cancellations::stage(const MessageRow& row, Slice& slice) {
  auto sequence = row.message->id.sequence();
  if (row.state != MessageRow::State::pending || is_cancelling(sequence))
    return false;
  bool runs = attempts_.is_running(sequence);
  if (runs && !attempts_.mark_cancelled(sequence))
    return false;
  auto now = place_.now().wall;
  place_.sequencer.add(AddEvent{{now, sequence, EventKind::cancel_requested, 0, {}, {}}, row.message});
  if (runs) {
    // The attempt goes on; what follows a failure is decided by the mark.
    slice.running.push_back(sequence);
    place_.sequencer.add(RequestCancel{sequence});
  } else {
    stage_waiting(row, slice);
  }
  return true;
}

void Cancellations::end(const MessageRow& row) {
  Slice slice;
  stage_waiting(row, slice);
  place_.sequencer.submit_firmly(
      [this, slice = std::move(slice)](const Result<void>& stored) { settle(slice, stored.has_value()); });
}

void Cancellations::stage_waiting(const MessageRow& row, Slice& slice) {
  auto sequence = row.message->id.sequence();
  auto now = place_.now().wall;
  cancelling_.emplace(sequence, Refused::none);
  auto key = place_.keys.find_or_create(waiting_key(*row.message));
  place_.keys.hold(key);
  slice.waiting.push_back({row.message, key, row.position(), {row.ready_at, sequence}});
  place_.sequencer.add(AddEvent{{now, sequence, EventKind::cancelled, 0, {}, {}}, row.message});
  place_.sequencer.add(FinishMessage{sequence, MessageRow::State::cancelled, row.attempts, now, footprint(*row.message),
                                     row.message->request.schedule.has_value()});
}

bool Cancellations::refuses(const to_scheduler::Start& start) {
  auto found = cancelling_.find(start.sequence);
  if (found == cancelling_.end())
    return false;
  auto key = place_.keys.find(start.key);
  auto message = place_.store.message(start.sequence);
  if (key && message)
    found->second = key->key == waiting_key(*message->message) ? Refused::first : Refused::guest;
  return true;
}

void Cancellations::settle(const Slice& slice, bool stored) {
  for (auto sequence : slice.running)
    if (!stored)
      attempts_.unmark_cancelled(sequence);
  for (const auto& one : slice.waiting) {
    place_.keys.release(one.key);
    auto refused = cancelling_.extract(one.order.sequence).mapped();
    if (stored)
      withdraw(one);
    else
      take_back(one, refused);
  }
}

void Cancellations::withdraw(const Withdrawn& one) {
  bool queued = one.message->request.queue.has_value();
  if (queued || place_.due.has_admitted(one.order))
    place_.keys.withdraw(one.key, one.position);
  if (queued)
    place_.keys.withdraw_guest(flow_key(*one.message), one.order.sequence);
}

// Its key takes it for running; it is not, and waits again.
void Cancellations::take_back(const Withdrawn& one, Refused refused) {
  auto& keys = place_.keys;
  if (refused == Refused::first) {
    keys.withdraw(one.key, one.position);
    keys.admit(one.key, one.position);
  } else if (refused == Refused::guest) {
    const auto& flow = flow_key(*one.message);
    keys.withdraw_guest(flow, one.order.sequence);
    keys.admit_guest(keys.find_or_create(flow), {place_.due.now(), one.order.sequence});
  }
}

// --- many --------------------------------------------------------------------

void Cancellations::cancel_all(CancelFilter filter, Operator by, Reply<std::size_t> reply) {
  go_on(std::make_shared<Sweep>(Sweep{.filter = std::move(filter), .by = std::move(by), .reply = std::move(reply)}));
}

void Cancellations::go_on(std::shared_ptr<Sweep> sweep) {
  if (sweep->is_full() || !sweep->has_more)
    return sweep->reply(sweep->cancelled);
  place_.due.admit_due();
  Slice slice;
  std::size_t count = 0;
  for (const auto& row : next_rows(*sweep)) {
    if (!sweep->is_full(count) && core::matches(sweep->filter, *row.message) &&
        core::matches_time(sweep->filter, row.message->created_at))
      count += stage(row, slice);
  }
  commit(std::move(sweep), std::move(slice), count);
}

std::vector<MessageRow> Cancellations::next_rows(Sweep& sweep) const {
  std::vector<MessageRow> rows;
  if (!sweep.filter.ids.empty()) {
    sweep.has_more = false;
    for (const auto& id : sweep.filter.ids)
      if (auto row = place_.store.message(id.sequence()); row && row->message->id == id)
        rows.push_back(std::move(*row));
  } else if (sweep.queue) {
    auto positions = place_.store.waiting(*sweep.queue, sweep.after, queue_time, slice_size);
    for (auto position : positions)
      rows.push_back(*place_.store.message(position.sequence));
    sweep.has_more = positions.size() == slice_size;
  } else {
    rows = place_.store.pending(sweep.after.sequence, slice_size);
    sweep.has_more = rows.size() == slice_size;
  }
  if (!rows.empty())
    sweep.after = rows.back().position();
  return rows;
}

void Cancellations::commit(std::shared_ptr<Sweep> sweep, Slice slice, std::size_t count) {
  // One line for all of them, with the last; that of a queue is written when the queue is gone.
  if (auto all = sweep->cancelled + count; !sweep->queue && sweep->is_last(count) && all > 0)
    place_.audit(sweep->by, "cancelMany", "messages", detail_of("cancelled", all, sweep->filter));
  place_.sequencer.submit([this, sweep, slice = std::move(slice), count](const Result<void>& stored) {
    SLUICE_CRASH_POINT("cancel.slice_committed");
    settle(slice, stored.has_value());
    if (!stored)
      return sweep->reply(stored.error());
    sweep->cancelled += count;
    place_.later([this, sweep] { go_on(sweep); });
  });
}

// --- a queue -----------------------------------------------------------------

void Cancellations::delete_queue(QueueName queue, Operator by, Reply<void> reply) {
  auto key = queue_key(queue);
  if (!place_.keys.is_known(key))
    return reply({});
  // Nothing of it starts any more; the store learns nothing of that.
  auto handle = place_.keys.find_or_create(key);
  place_.keys.hold(handle);
  place_.keys.hand_on(handle, core::Pause{}, handle->ledger.epoch(), {});
  auto swept = [this, handle, by = std::move(by), reply = std::move(reply)](const Result<std::size_t>& cancelled) {
    place_.keys.release(handle);
    if (cancelled)
      return drop_queue(handle, by, reply);
    place_.keys.reload(handle);
    reply(cancelled.error());
  };
  go_on(std::make_shared<Sweep>(Sweep{.queue = key, .reply = std::move(swept)}));
}

// What is left of the old messages runs its last attempt.
bool Cancellations::has_new(const FlowControlKey& queue) const {
  auto left = place_.store.waiting(queue, {}, queue_time, slice_size);
  return std::any_of(left.begin(), left.end(),
                     [this](WaitPosition one) { return !attempts_.is_running(one.sequence); });
}

void Cancellations::drop_queue(KeySupervisor::Handle queue, const Operator& by, Reply<void> reply) {
  SLUICE_CRASH_POINT("queue.swept");
  place_.audit(by, "deleteQueue", queue_of(queue->key).text);
  bool is_used_again = queue->holds > 0 || has_new(queue->key);
  place_.keys.forget(queue);
  place_.keys.hold(queue);
  // Messages that came while it was being emptied are in a new queue of that name.
  if (is_used_again)
    place_.sequencer.add(*place_.keys.prepare(queue, QueueSettings{})->change);
  else
    place_.sequencer.add(DropKey{queue->key});
  place_.sequencer.submit([this, queue, reply = std::move(reply)](const Result<void>& stored) {
    place_.keys.release(queue);
    if (!stored)
      place_.keys.reload(queue);
    reply(stored);
  });
}

} // namespace sluice
