#include "actors/scheduler_actor.hpp"

#include <algorithm>

#include "actors/crash_point.hpp"
#include "actors/redaction.hpp"
#include "actors/retention.hpp"

namespace sluice {

namespace {

constexpr std::size_t drop_slice = 256;
constexpr std::size_t backlog_slice = 256;
constexpr auto housekeeping_interval = std::chrono::seconds{1};

Error stopping() { return {ErrorCode::unavailable, "the scheduler is stopping", {}}; }

// A caller is told that its request failed inside; other messages have no caller.
template <class Message>
void answer_failure(Message& message, const std::string& what) {
  if constexpr (requires { message.reply(Error{}); })
    if (message.reply)
      message.reply(Error{ErrorCode::internal, "internal error: " + what, {}});
}

} // namespace

SchedulerActor::SchedulerActor(caf::actor_config& config, const ActorContext& context, const SchedulerOptions& options,
                               Store& store, Transport& transport)
    : event_based_actor(config),
      context_(context),
      options_(options),
      store_(store),
      sequencer_(store, Fence{store.opening().generation}),
      keys_(this, context, store, static_cast<std::size_t>(options.global_parallelism)),
      due_(this, context, store, keys_),
      place_{this, context, options, store, sequencer_, keys_, due_},
      url_groups_(place_),
      intake_(place_, url_groups_),
      attempts_(place_, intake_, transport),
      cancellations_(place_, attempts_),
      key_desk_(place_),
      dlq_desk_(place_, intake_),
      schedule_firing_(place_, intake_),
      schedule_desk_(place_, url_groups_, schedule_firing_),
      forecast_desk_(place_),
      limit_commits_(this, sequencer_),
      log_desk_(place_) {
  end_on_exception(this);
  sequencer_.on_put_back = [this](Change& change) {
    if (auto* put = std::get_if<PutKey>(&change))
      keys_.renew(*put);
  };
  attempts_.on_settled = [this] { finish_stop_if_quiet(); };
  attempts_.end_cancelled = [this](const MessageRow& row) { cancellations_.end(row); };
}

template <class Message>
auto SchedulerActor::handler(std::string_view name, void (SchedulerActor::*handle)(Message&)) {
  return [this, name, handle](Message& message) {
    guard(name, message, [this, handle](Message& one) { (this->*handle)(one); });
  };
}

// A call that one of the parts carries out.
template <class Message, class Handle>
auto SchedulerActor::call(Handle handle) {
  return [this, handle](Message& message) { guard("scheduler.call", message, handle); };
}

template <class Message, class Handle>
void SchedulerActor::guard(std::string_view name, Message& message, Handle handle) {
  try {
    try {
      context_.enter(name);
    } catch (const std::exception&) {
      context_.enter(name);
    }
    handle(message);
  } catch (const std::exception& error) {
    sequencer_.discard();
    answer_failure(message, error.what());
  }
}

caf::behavior SchedulerActor::make_behavior() {
  using namespace to_scheduler;
  begin_signing();
  set_down_handler([this](caf::down_msg& down) { on_down(down); });
  tell_after(this, housekeeping_interval, caf::actor_cast<caf::actor>(this), Housekeeping{});
  resume_backlog({});
  schedule_firing_.fire_due();
  // The hot path first: CAF tries handlers in order.
  return {
      handler("scheduler.publish", &SchedulerActor::publish),
      handler("scheduler.start", &SchedulerActor::start),
      handler("scheduler.attempt_ended", &SchedulerActor::attempt_ended),
      [this](const WantPermits& want) { keys_.on_want(want); },
      [this](const ReturnPermits& back) { keys_.on_return(back); },
      handler("scheduler.lease", &SchedulerActor::lease),
      handler("scheduler.refill", &SchedulerActor::refill),
      [this](const OperationTaken& taken) { keys_.on_taken(taken); },
      [this](Inspected& inspected) { keys_.on_inspected(inspected); },
      handler("scheduler.publish_batch", &SchedulerActor::publish_batch),
      handler("scheduler.find_message", &SchedulerActor::find_message),
      handler("scheduler.cancel", &SchedulerActor::cancel),
      handler("scheduler.operate", &SchedulerActor::operate),
      handler("scheduler.find_key", &SchedulerActor::find_key),
      handler("scheduler.list_keys", &SchedulerActor::list_keys),
      handler("scheduler.count_calls", &SchedulerActor::count_calls),
      handler("scheduler.rotate_signing_keys", &SchedulerActor::rotate_signing_keys),
      call<CancelAll>(
          [this](CancelAll& all) { cancellations_.cancel_all(std::move(all.filter), std::move(all.by), all.reply); }),
      call<ListDlq>([this](ListDlq& list) { dlq_desk_.list(std::move(list.query), list.reply); }),
      call<FindDlqEntry>([this](FindDlqEntry& find) { dlq_desk_.find(find.id, find.reply); }),
      call<DeleteDlq>([this](DeleteDlq& one) { dlq_desk_.remove(std::move(one.bulk), std::move(one.by), one.reply); }),
      call<RetryDlq>([this](RetryDlq& one) {
        dlq_desk_.retry(std::move(one.bulk), std::move(one.overrides), std::move(one.by), one.reply);
      }),
      call<SetQueue>(
          [this](SetQueue& set) { key_desk_.set_queue(set.queue, set.settings, std::move(set.by), set.reply); }),
      call<FindQueue>([this](FindQueue& find) { key_desk_.find_queue(find.queue, find.reply); }),
      call<ListQueues>([this](ListQueues& list) { key_desk_.list_queues(list.reply); }),
      call<DeleteQueue>(
          [this](DeleteQueue& one) { cancellations_.delete_queue(one.queue, std::move(one.by), one.reply); }),
      call<ListLog>([this](ListLog& list) { log_desk_.list(std::move(list.query), list.reply); }),
      call<ListAudit>([this](ListAudit& list) { log_desk_.list_audit(list.query, list.reply); }),
      call<AddEndpoints>([this](AddEndpoints& add) {
        url_groups_.add_endpoints(add.group, add.endpoints, std::move(add.by), add.reply);
      }),
      call<RemoveEndpoints>([this](RemoveEndpoints& remove) {
        url_groups_.remove_endpoints(remove.group, remove.which, std::move(remove.by), remove.reply);
      }),
      call<SetUrlGroupDefaults>([this](SetUrlGroupDefaults& set) {
        url_groups_.set_defaults(set.group, std::move(set.defaults), std::move(set.by), set.reply);
      }),
      call<DeleteUrlGroup>(
          [this](DeleteUrlGroup& one) { url_groups_.remove(one.group, std::move(one.by), one.reply); }),
      call<FindUrlGroup>([this](FindUrlGroup& find) {
        const auto* group = url_groups_.find(find.group);
        find.reply(group ? Result<UrlGroup>(*group) : UrlGroupDesk::unknown(find.group));
      }),
      call<FindUrlGroupDefaults>([this](FindUrlGroupDefaults& find) { find.reply(url_groups_.defaults(find.groups)); }),
      call<ListUrlGroups>([this](ListUrlGroups& list) { list.reply(url_groups_.list()); }),
      call<CreateSchedule>(
          [this](CreateSchedule& one) { schedule_desk_.create(std::move(one.spec), std::move(one.by), one.reply); }),
      call<FindSchedule>([this](FindSchedule& find) { schedule_desk_.find(find.id, find.reply); }),
      call<ListSchedules>([this](ListSchedules& list) { schedule_desk_.list(std::move(list.query), list.reply); }),
      call<DeleteSchedule>(
          [this](DeleteSchedule& one) { schedule_desk_.remove(one.id, std::move(one.by), one.reply); }),
      call<SetSchedulePaused>([this](SetSchedulePaused& set) {
        schedule_desk_.set_paused(set.id, set.paused, std::move(set.by), set.reply);
      }),
      [this](CommitLimits& step) { limit_commits_.commit(step); },
      call<ReadSigningKeys>([this](ReadSigningKeys& read) { read.reply(signing_keys_); }),
      call<AskHindrance>([this](AskHindrance& ask) { ask.reply(hindrance()); }),
      call<Continue>([](Continue& next) { next.slice(); }),
      handler("scheduler.due_wakeup", &SchedulerActor::due_wakeup),
      handler("scheduler.schedule_wakeup", &SchedulerActor::schedule_wakeup),
      handler("scheduler.housekeeping", &SchedulerActor::housekeeping),
      handler("scheduler.stop", &SchedulerActor::stop),
      handler("scheduler.grace_over", &SchedulerActor::grace_over),
  };
}

void SchedulerActor::on_exit() {
  keys_.shut_down();
  attempts_.shut_down();
}

// Brings the keys into memory whose messages were ready when the process before ended.
void SchedulerActor::resume_backlog(const FlowControlKey& after) {
  auto slice = store_.backlog(after, due_.now(), backlog_slice);
  for (const auto& one : slice)
    keys_.find_or_create(one.key);
  if (slice.size() == backlog_slice)
    place_.later([this, last = slice.back().key] { resume_backlog(last); });
  else
    due_.admit_due();
}

// --- publish, find, cancel ---------------------------------------------------

void SchedulerActor::publish(to_scheduler::Publish& call) {
  if (stopping_)
    return call.reply(stopping());
  intake_.publish(std::move(call.message), std::move(call.reply));
}

void SchedulerActor::publish_batch(to_scheduler::PublishBatch& call) {
  if (stopping_)
    return call.reply(stopping());
  intake_.publish_batch(std::move(call.requests), std::move(call.reply));
}

void SchedulerActor::find_message(to_scheduler::FindMessage& call) {
  auto row = store_.message(call.id.sequence());
  if (!row || row->message->id != call.id || is_over(*row))
    return call.reply(not_found("message"));
  MessageInfo info{nullptr, state_of(*row), row->attempts};
  if (info.state == MessageState::delayed || info.state == MessageState::waiting)
    forecast_desk_.foretell(*row, info);
  info.message = redacted(std::move(row->message));
  call.reply(std::move(info));
}

// The log may keep a message for longer than it is shown by itself.
bool SchedulerActor::is_over(const MessageRow& row) const {
  return row.state != MessageRow::State::pending &&
         row.finished_at <
             place_.now().wall - std::chrono::ceil<std::chrono::milliseconds>(options_.retention.finished);
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
  if (attempts_.is_running(row.message->id.sequence()))
    return MessageState::active;
  return row.ready_at > due_.now() ? MessageState::delayed : MessageState::waiting;
}

void SchedulerActor::cancel(to_scheduler::Cancel& call) {
  cancellations_.cancel(call.id, std::move(call.by), call.reply);
}

// --- flow control ------------------------------------------------------------

void SchedulerActor::operate(to_scheduler::Operate& call) { key_desk_.operate(call); }
void SchedulerActor::find_key(to_scheduler::FindKey& call) { key_desk_.find(call.key, call.reply); }
void SchedulerActor::list_keys(to_scheduler::ListKeys& call) { key_desk_.list(std::move(call.query), call.reply); }
void SchedulerActor::lease(to_scheduler::WantLease& want) { key_desk_.lease(want); }

void SchedulerActor::count_calls(to_scheduler::CountCalls& call) {
  call.reply(GlobalParallelism{static_cast<std::int64_t>(keys_.permits()),
                               static_cast<std::int64_t>(keys_.calls_in_flight())});
}

// --- signing keys ------------------------------------------------------------

// Stored from the start, so that a copy of the store signs as the store does.
void SchedulerActor::begin_signing() {
  auto stored = store_.signing_keys();
  auto keys = stored.value_or(options_.signing_keys);
  use_signing_keys({keys.current.empty() ? random_signing_key() : keys.current,
                    keys.next.empty() ? random_signing_key() : keys.next});
  if (stored)
    return;
  sequencer_.add(PutSigningKeys{signing_keys_});
  sequencer_.submit([](const Result<void>&) {}); // What fails is tried again at the next start.
}

void SchedulerActor::rotate_signing_keys(to_scheduler::RotateSigningKeys& call) {
  SigningKeys rotated{signing_keys_.next, random_signing_key()};
  sequencer_.add(PutSigningKeys{rotated});
  place_.audit(std::move(call.by), "rotate", "signing keys");
  sequencer_.submit([this, rotated, reply = std::move(call.reply)](const Result<void>& stored) {
    if (!stored)
      return reply(stored.error());
    SLUICE_CRASH_POINT("signing_keys.committed");
    use_signing_keys(rotated);
    reply(rotated);
  });
}

void SchedulerActor::use_signing_keys(SigningKeys keys) {
  attempts_.use_signer(std::make_shared<const Signer>(keys.current));
  signing_keys_ = std::move(keys);
}

// --- attempts ----------------------------------------------------------------

void SchedulerActor::start(to_scheduler::Start& start) {
  attempts_.on_start(start, !stopping_ && !cancellations_.refuses(start));
}

void SchedulerActor::refill(to_scheduler::Refill& refill) {
  due_.admit_due();
  keys_.on_refill(refill);
}

void SchedulerActor::attempt_ended(to_scheduler::AttemptEnded& ended) {
  attempts_.on_ended(ended);
  keys_.set_starts(!stopping_ && !sequencer_.is_stuck());
}

void SchedulerActor::on_down(const caf::down_msg& down) {
  if (attempts_.on_down(down))
    return;
  due_.admit_due();
  if (auto key = keys_.on_down(down))
    key_desk_.stop_failed(key);
}

// --- time --------------------------------------------------------------------

void SchedulerActor::due_wakeup(to_scheduler::DueWakeup&) { due_.on_wakeup(); }

void SchedulerActor::schedule_wakeup(to_scheduler::ScheduleWakeup& wakeup) {
  if (!stopping_)
    schedule_firing_.on_wakeup(wakeup);
}

// Also notices a wall clock that was set forward, and a disk that has room again.
void SchedulerActor::housekeeping(to_scheduler::Housekeeping&) {
  due_.admit_due();
  if (sequencer_.is_stuck())
    sequencer_.retry();
  keys_.set_starts(!stopping_ && !sequencer_.is_stuck());
  if (!sequencer_.is_stuck()) {
    add_retention(place_, drop_slice);
    sequencer_.submit([](const Result<void>&) {});
    key_desk_.retire_idle();
    if (!stopping_)
      schedule_firing_.fire_due();
  }
  tell_after(this, housekeeping_interval, caf::actor_cast<caf::actor>(this), to_scheduler::Housekeeping{});
}

// Why messages are not accepted now; empty if they are.
std::string SchedulerActor::hindrance() const {
  if (stopping_)
    return stopping().message;
  if (sequencer_.is_stuck())
    return sequencer_.failure()->message;
  auto room = store_.room_for(0);
  return room ? std::string{} : room.error().message;
}

// --- shutdown ----------------------------------------------------------------

void SchedulerActor::stop(to_scheduler::Stop& call) {
  stopping_ = true;
  stopped_ = std::move(call.done);
  keys_.set_starts(false);
  tell_after(this, call.grace, caf::actor_cast<caf::actor>(this), to_scheduler::GraceOver{});
  finish_stop_if_quiet();
}

void SchedulerActor::finish_stop_if_quiet() {
  if (stopped_ && attempts_.empty())
    close();
}

void SchedulerActor::grace_over(to_scheduler::GraceOver&) {
  if (stopped_)
    close();
}

// Leaves exact counts behind, so that the next process goes on where this one ended.
void SchedulerActor::close() {
  for (auto& row : keys_.exact_rows())
    sequencer_.add(std::move(row));
  SLUICE_CRASH_POINT("stop.before_commit");
  sequencer_.add(CloseCleanly{});
  sequencer_.submit([done = std::exchange(stopped_, nullptr)](const Result<void>&) {
    SLUICE_CRASH_POINT("stop.committed");
    done();
  });
}

} // namespace sluice
