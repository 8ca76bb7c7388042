// The embeddable scheduler: open it, publish messages, stop it.
//
// A Scheduler hides its actors, its store and its HTTP client: this header names no
// library but std. Every operation comes in two forms: one that waits and returns
// the result (callable from any thread except the event loop's own), and one that
// takes a `Reply` (callable from any thread; the reply is called once, on the event
// loop's thread).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sluice/dlq.hpp"
#include "sluice/event.hpp"
#include "sluice/event_loop.hpp"
#include "sluice/flow_control.hpp"
#include "sluice/log_query.hpp"
#include "sluice/message.hpp"
#include "sluice/queue.hpp"
#include "sluice/result.hpp"
#include "sluice/schedule.hpp"
#include "sluice/storage.hpp"
#include "sluice/stored_limits.hpp"
#include "sluice/time.hpp"
#include "sluice/transport.hpp"
#include "sluice/url_group.hpp"

namespace sluice {

/// Deliveries are signed with `current`; `next` follows it at a rotation (spec §5).
struct SigningKeys {
  std::string current;
  std::string next;
};

struct SchedulerOptions {
  /// Where to run; null: the scheduler makes a loop and a thread of its own.
  EventLoop* event_loop = nullptr;
  /// How to send; empty: make_http_transport over `http`.
  std::shared_ptr<Transport> transport{};
  /// `http.allow_destinations` is also asked at `publish`, whatever sends: a URL whose host is
  /// an address that is not allowed, or `localhost`, is refused at once.
  HttpTransportOptions http{};
  Clock clock = system_clock();
  /// Empty keys are replaced by random ones.
  SigningKeys signing_keys{};
  std::int64_t global_parallelism = 512; ///< Calls in flight at once, 1 … 100,000.
  Duration max_timeout = std::chrono::minutes{15}; ///< Of one attempt, more than 0.
  int max_retries = 100;
  Duration max_delay =
      std::chrono::hours{24 * 365}; ///< Also how far ahead a not-before may be (spec §6.8); up to 100 years.
  std::size_t max_body = 1024 * 1024; ///< Bytes of one message.
  std::size_t max_headers =
      64 * 1024; ///< Bytes of one message's headers together, as they are written; of a callback's too.
  StorageOptions storage{};
  RetentionOptions retention{};
  Duration deduplication_window = std::chrono::minutes{10}; ///< Spec §6.4.
  std::size_t max_queues = 1000;
  std::size_t max_schedules = 1000;
  std::int64_t max_queue_parallelism = 100'000; ///< What a queue can be set to.
  std::size_t max_url_groups = 1000;
  std::size_t max_endpoints = 100; ///< Of one URL group.
  Duration idle_key_after = std::chrono::minutes{1}; ///< When a key with nothing to do leaves memory.
  std::size_t max_idle_keys = 4096; ///< … or earlier, when there are more of them.
  std::size_t max_limits = 10'000; ///< Rate limits with a name.
  std::size_t max_buckets = 10'000'000; ///< ... and their buckets that are not full.
  std::size_t max_reservations = 100'000; ///< Open ones, of all rate limits.
  std::size_t max_limit_waits = 10'000; ///< Calls of `StoredLimits::acquire` that wait.
  Duration grace = std::chrono::seconds{30}; ///< How long `stop` waits for calls in flight.
};

class Scheduler {
public:
  /// Starts the scheduler. Errors: `invalid_argument` for an option out of range,
  /// `io_error` from the transport.
  static Result<Scheduler> open(SchedulerOptions options);

  Scheduler(Scheduler&&) noexcept;
  Scheduler& operator=(Scheduler&&) noexcept;
  /// Stops first. With a loop of its own this may take the grace time; with a given
  /// loop it drops what is still in flight, so `stop` before; it then belongs to the thread
  /// that called `open`, while the loop does not run elsewhere.
  ~Scheduler();

  /// Returns once the message is stored. It is delivered later, at least once.
  /// Errors: `invalid_argument` (nothing is stored; also for a URL group, which takes `publish_batch`), `too_large`,
  /// `overloaded`, `unavailable`, `insufficient_storage`.
  Result<Published> publish(PublishRequest request);
  void publish(PublishRequest request, Reply<Published> reply);

  /// Publishes in the order given, all in one commit (spec §2.5). Each request is judged by itself, so that the
  /// n-th answer is the n-th request's: errors as of `publish`, and `not_found` for a URL group. A group is
  /// taken as a whole or not at all. Errors of the call: none of them was stored.
  Result<std::vector<BatchAnswer>> publish_batch(std::vector<PublishRequest> requests);
  void publish_batch(std::vector<PublishRequest> requests, Reply<std::vector<BatchAnswer>> reply);

  /// Finished messages are found for a while (`RetentionOptions::finished`).
  /// Error: `not_found`.
  Result<MessageInfo> message(MessageId id) const;
  void message(MessageId id, Reply<MessageInfo> reply) const;

  /// A message that waits is gone at once; an attempt in flight is not interrupted, but
  /// no other follows. Error: `not_found` for an unknown or finished message.
  Result<void> cancel(MessageId id, Operator by = library);
  void cancel(MessageId id, Operator by, Reply<void> reply);

  /// Error: `not_found` if neither a message nor an operator ever named `key`.
  Result<FlowControlInfo> flow_control(FlowControlKey key) const;
  void flow_control(FlowControlKey key, Reply<FlowControlInfo> reply) const;
  Result<std::vector<FlowControlInfo>> flow_controls(FlowControlQuery query) const;
  void flow_controls(FlowControlQuery query, Reply<std::vector<FlowControlInfo>> reply) const;

  /// Sets limits that messages cannot change, and starts a new period (spec §7.1 row 14).
  /// Creates the key if it is new. Error: `invalid_argument` if nothing is named or a
  /// value is out of range.
  Result<void> pin(FlowControlKey key, PinRequest request, Operator by = library);
  void pin(FlowControlKey key, PinRequest request, Operator by, Reply<void> reply);
  /// Lets messages change the limits again (row 15). An unknown key is no error.
  Result<void> unpin(FlowControlKey key, UnpinRequest request, Operator by = library);
  void unpin(FlowControlKey key, UnpinRequest request, Operator by, Reply<void> reply);
  /// Nothing of this key starts between the return of `pause` and the call of `resume`
  /// (rows 12, 13). `pause` creates the key if it is new.
  Result<void> pause(FlowControlKey key, Operator by = library);
  void pause(FlowControlKey key, Operator by, Reply<void> reply);
  Result<void> resume(FlowControlKey key, Operator by = library);
  void resume(FlowControlKey key, Operator by, Reply<void> reply);
  /// Ends the period; now is the start of the next (row 16).
  Result<void> reset_rate(FlowControlKey key, Operator by = library);
  void reset_rate(FlowControlKey key, Operator by, Reply<void> reply);
  /// As `reset_rate`; also recounts the calls in flight (row 17).
  Result<void> reset(FlowControlKey key, Operator by = library);
  void reset(FlowControlKey key, Operator by, Reply<void> reply);

  Result<GlobalParallelism> global_parallelism() const;
  void global_parallelism(Reply<GlobalParallelism> reply) const;

  /// Errors: `invalid_argument` for a count out of range.
  Result<DlqPage> dlq(DlqQuery query) const;
  void dlq(DlqQuery query, Reply<DlqPage> reply) const;
  /// Error: `not_found`.
  Result<DlqEntry> dlq_entry(DlqId id) const;
  void dlq_entry(DlqId id, Reply<DlqEntry> reply) const;
  /// Removes what `bulk` selects, newest first. An unknown id is no error and is not counted.
  Result<DlqDeleted> delete_dlq(DlqBulk bulk, Operator by = library);
  void delete_dlq(DlqBulk bulk, Operator by, Reply<DlqDeleted> reply);
  /// Publishes what `bulk` selects as new messages and removes the entries, both in one commit. The
  /// messages keep everything but what `overrides` names, and are not deduplicated. An unknown id is no error.
  /// Errors: as `publish`, for an override out of range.
  Result<DlqRetried> retry_dlq(DlqBulk bulk, RetryOverrides overrides = {}, Operator by = library);
  void retry_dlq(DlqBulk bulk, RetryOverrides overrides, Operator by, Reply<DlqRetried> reply);

  /// Creates or changes a queue. Errors: `invalid_argument`, `too_many` beyond `max_queues` or `max_queue_parallelism`.
  Result<void> set_queue(QueueName name, QueueSettings settings, Operator by = library);
  void set_queue(QueueName name, QueueSettings settings, Operator by, Reply<void> reply);
  /// Error: `not_found`.
  Result<QueueInfo> queue(QueueName name) const;
  void queue(QueueName name, Reply<QueueInfo> reply) const;
  /// Sorted by name.
  Result<std::vector<QueueInfo>> queues() const;
  void queues(Reply<std::vector<QueueInfo>> reply) const;
  /// Removes a queue, and cancels its messages, in slices; a call in flight goes on. An unknown queue is no error.
  Result<void> delete_queue(QueueName name, Operator by = library);
  void delete_queue(QueueName name, Operator by, Reply<void> reply);

  /// Adds endpoints to a group, which is created if it is new. One whose name is known gets the URL given; one whose URL is
  /// known gets the name given. Errors: `invalid_argument`; `too_many` beyond `max_url_groups` or `max_endpoints`.
  Result<void> add_endpoints(UrlGroupName group, std::vector<Endpoint> endpoints, Operator by = library);
  void add_endpoints(UrlGroupName group, std::vector<Endpoint> endpoints, Operator by, Reply<void> reply);
  /// Removes the endpoints selected, and the group with its last one. What matches none is no error. Errors: `not_found`,
  /// `invalid_argument` for a selector without parts.
  Result<void> remove_endpoints(UrlGroupName group, std::vector<EndpointSelector> which, Operator by = library);
  void remove_endpoints(UrlGroupName group, std::vector<EndpointSelector> which, Operator by, Reply<void> reply);
  /// Replaces `UrlGroup::defaults`. Errors: `not_found`, `invalid_argument` for what HTTP does not allow as a header.
  Result<void> set_url_group_defaults(UrlGroupName group, Headers defaults, Operator by = library);
  void set_url_group_defaults(UrlGroupName group, Headers defaults, Operator by, Reply<void> reply);
  /// Messages that were accepted stay. An unknown group is no error.
  Result<void> delete_url_group(UrlGroupName group, Operator by = library);
  void delete_url_group(UrlGroupName group, Operator by, Reply<void> reply);
  /// Error: `not_found`.
  Result<UrlGroup> url_group(UrlGroupName group) const;
  void url_group(UrlGroupName group, Reply<UrlGroup> reply) const;
  /// Of the groups that are known.
  Result<UrlGroupDefaults> url_group_defaults(std::vector<UrlGroupName> groups) const;
  void url_group_defaults(std::vector<UrlGroupName> groups, Reply<UrlGroupDefaults> reply) const;
  /// Sorted by name.
  Result<std::vector<UrlGroup>> url_groups() const;
  void url_groups(Reply<std::vector<UrlGroup>> reply) const;

  /// Creates a schedule, or replaces the one with this id. Errors: those of `publish` for the message, and
  /// `invalid_argument` for a bad id, a bad or never firing cron expression, an unknown time zone, or a `not_before`;
  /// `too_many` beyond `max_schedules`.
  Result<ScheduleId> create_schedule(ScheduleSpec spec, Operator by = library);
  void create_schedule(ScheduleSpec spec, Operator by, Reply<ScheduleId> reply);
  /// Error: `not_found`.
  Result<Schedule> schedule(ScheduleId id) const;
  void schedule(ScheduleId id, Reply<Schedule> reply) const;
  /// In the order of their ids.
  Result<std::vector<Schedule>> schedules(ScheduleQuery query = {}) const;
  void schedules(ScheduleQuery query, Reply<std::vector<Schedule>> reply) const;
  /// What it has published stays. An unknown schedule is no error.
  Result<void> delete_schedule(ScheduleId id, Operator by = library);
  void delete_schedule(ScheduleId id, Operator by, Reply<void> reply);
  /// Nothing is published between the return of `pause_schedule` and the call of `resume_schedule`, and nothing of that
  /// is made up for. Error: `not_found`.
  Result<void> pause_schedule(ScheduleId id, Operator by = library);
  void pause_schedule(ScheduleId id, Operator by, Reply<void> reply);
  Result<void> resume_schedule(ScheduleId id, Operator by = library);
  void resume_schedule(ScheduleId id, Operator by, Reply<void> reply);

  /// Cancels what `filter` selects, oldest first, in slices; counts what was not cancelled before.
  Result<std::size_t> cancel_all(CancelFilter filter, Operator by = library);
  void cancel_all(CancelFilter filter, Operator by, Reply<std::size_t> reply);

  /// What happened to messages, as far back as `RetentionOptions` says. The start of an attempt is told with its end.
  /// After a start the first answer may take until the log has been read once, about a second for a million events.
  /// Errors: `invalid_argument` for a count out of range or too many texts.
  Result<LogPage> log(LogQuery query) const;
  void log(LogQuery query, Reply<LogPage> reply) const;
  /// What operators did: the newest 10,000 actions. Error: `invalid_argument` for a count out of range.
  Result<std::vector<AuditEntry>> audit(AuditQuery query = {}) const;
  void audit(AuditQuery query, Reply<std::vector<AuditEntry>> reply) const;

  Result<SigningKeys> signing_keys() const;
  void signing_keys(Reply<SigningKeys> reply) const;
  /// `next` becomes `current`, a new random key becomes `next`.
  Result<SigningKeys> rotate_signing_keys(Operator by = library);
  void rotate_signing_keys(Operator by, Reply<SigningKeys> reply);

  /// The rate limits that are kept beside the messages.
  StoredLimits limits() const;

  /// Empty while messages are accepted, else why not: the disk is full, the scheduler is stopping.
  Result<std::string> hindrance() const;
  void hindrance(Reply<std::string> reply) const;

  /// Refuses new work, starts nothing more, and waits for calls in flight up to the
  /// grace time. What did not end is ready again at the next start.
  void stop();
  /// `done` is called once nothing is in flight or the grace time is over.
  void stop(std::function<void()> done);

private:
  class Impl;
  explicit Scheduler(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

} // namespace sluice
