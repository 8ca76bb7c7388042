// The contract of every store: what is written, in which units, and what may be read.
//
// One owner uses a store from one thread. All changes go through `commit`, any set of them
// at once; reads see every commit whose `done` was called, and come in slices so that none
// takes long. tests/store holds the conformance suite that each implementation passes.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/core/flow_controller.hpp"
#include "actors/core/window_recovery.hpp"
#include "actors/store/limit_tables.hpp"
#include "sluice/dlq.hpp"
#include "sluice/event.hpp"
#include "sluice/log_query.hpp"
#include "sluice/message.hpp"
#include "sluice/result.hpp"
#include "sluice/schedule.hpp"
#include "sluice/scheduler.hpp"

namespace sluice {

using core::FlowState;
using core::Sequence;
using core::WaitPosition;

/// The time at which every message of a queue waits, so that acceptance alone orders them; but for
/// those that come first.
inline constexpr WallTime queue_time{std::chrono::milliseconds{1}};
inline constexpr WallTime first_in_queue_time{};

/// Where a message that is ready at `ready_at` waits under `waiting_key`.
WaitPosition wait_position(const Message& message, WallTime ready_at);

/// About how much the messages of one page of the log may take: an answer repeats them for each of their events.
inline constexpr std::size_t max_log_bytes = std::size_t{4} << 20;
/// Of the bodies that a slice of the dead-letter queue ends with: about half a millisecond to read.
inline constexpr std::size_t max_dlq_bytes = std::size_t{256} << 10;

/// A message and how far it has come. `pending` until it is finished: delayed, waiting and
/// in flight are one state here, because starts are not written.
struct MessageRow {
  enum class State : std::uint8_t { pending, delivered, failed, cancelled };

  std::shared_ptr<const Message> message;
  State state = State::pending;
  WallTime ready_at{}; ///< When it may start as far as time is concerned: not-before, or a retry's time.
  int attempts = 0; ///< Finished ones.
  bool cancel_requested = false;
  WallTime finished_at{};

  WaitPosition position() const { return wait_position(*message, ready_at); }
};

/// A new pending message. `scheduled` ones are found by `due`; the others joined their
/// waitlist when they were accepted. A message in a queue is in its waitlist at once either way.
struct InsertMessage {
  std::shared_ptr<const Message> message;
  WallTime ready_at{};
  bool scheduled = false;
};
/// A failed attempt with a retry to come: pending and scheduled from now on.
struct RetryMessage {
  Sequence sequence;
  int attempts;
  WallTime ready_at{};
};
/// The end of a message.
struct FinishMessage {
  Sequence sequence;
  MessageRow::State state;
  int attempts;
  WallTime finished_at{};
  std::size_t bytes = 0; ///< What keeping it costs: its `footprint`.
  bool of_schedule = false; ///< It was published by a schedule, whose row tells how it ended.
  bool scheduled = true; ///< False only for a message that never was, so that `due` has nothing to forget.
};
/// A message in flight is not to be tried again.
struct RequestCancel {
  Sequence sequence;
};
/// A message that `id` names was accepted; `duplicate` finds it until `until`. Replaces an older one.
struct RememberDuplicate {
  std::string id;
  Sequence sequence;
  WallTime until{};
};
/// Creates or replaces a key. Of a running window the count is what may have been spent at most.
struct PutKey {
  FlowControlKey key;
  FlowState state;
};
/// Forgets a key.
struct DropKey {
  FlowControlKey key;
};
struct InsertDlqEntry {
  std::shared_ptr<const DlqEntry> entry;
};
struct DeleteDlqEntry {
  DlqId id;
};
struct AddEvent {
  Event event;
  std::shared_ptr<const Message> message; ///< Whose event it is. Not written; it tells by what the event is found.
};
struct AddAudit {
  std::shared_ptr<const AuditEntry> entry;
};
/// Of the finished messages that ended before the oldest event drops those that ended before `before`, and the
/// oldest beyond `keep`; at most `limit` of them. So a message can be read as long as an event of it. A DLQ entry
/// stays readable whatever is dropped here.
struct DropFinished {
  WallTime before{};
  std::size_t keep;
  std::size_t limit;
};
/// Drops DLQ entries that failed before `before`, at most `limit`.
struct DropDlqEntries {
  WallTime before{};
  std::size_t limit;
};
/// Drops events older than `before`, and the oldest beyond `keep`; then, while finished messages take more than
/// `max_bytes`, the oldest and the messages that can go with them. At most `limit` events.
struct DropEvents {
  WallTime before{};
  std::size_t keep;
  std::size_t limit;
  std::size_t max_bytes = std::numeric_limits<std::size_t>::max();
};
/// Drops what `duplicate` would no longer find at `before`, at most `limit`.
struct DropDuplicates {
  WallTime before{};
  std::size_t limit;
};
struct PutSigningKeys {
  SigningKeys keys;
};
/// Creates or replaces a schedule, which is not paused then. Of one that exists the creation and the last run stay.
struct PutSchedule {
  std::shared_ptr<const ScheduleSpec> spec; ///< With its id.
  WallTime created_at{};
  WallTime next{};
};
/// An unknown schedule is left alone, here and below.
struct PauseSchedule {
  ScheduleId id;
};
struct ResumeSchedule {
  ScheduleId id;
  std::optional<WallTime> next{};
  std::optional<WallTime> replaces{}; ///< What `next` takes the place of: one that is another by now stays.
};
/// A schedule has fired: `published` are its messages, or `error` says why there are none.
struct FireSchedule {
  ScheduleId id;
  WallTime time{}; ///< When it was due.
  WallTime next{};
  std::vector<Sequence> published{};
  std::string error{};
};
/// Firings up to now are skipped. An empty `next` for a reason that `error` tells: it does not fire any more.
struct SkipFirings {
  ScheduleId id;
  std::optional<WallTime> next{};
  std::string error{};
};
struct DropSchedule {
  ScheduleId id;
};
/// Creates or replaces a group.
struct PutUrlGroup {
  std::shared_ptr<const UrlGroup> group;
};
struct DropUrlGroup {
  UrlGroupName name;
};
/// The owner ends in good order: every key's row is exact.
struct CloseCleanly {};

using Change = std::variant<InsertMessage, RetryMessage, FinishMessage, RequestCancel, RememberDuplicate, PutKey,
                            DropKey, InsertDlqEntry, DeleteDlqEntry, AddEvent, AddAudit, DropFinished, DropDlqEntries,
                            DropEvents, DropDuplicates, PutSigningKeys, PutUrlGroup, DropUrlGroup, PutSchedule,
                            PauseSchedule, ResumeSchedule, FireSchedule, SkipFirings, DropSchedule, CloseCleanly,
                            SaveLimitRows, PutLimitDefinition, DropLimitDefinition, SaveReservation>;
using Changes = std::vector<Change>;

/// The right to write: a commit by an owner that has been replaced is refused with `unavailable`.
struct Fence {
  std::uint64_t generation = 0;
};

/// How the store was found when it was opened.
struct StoreOpening {
  std::uint64_t generation = 1; ///< Of this owner: larger than that of any before.
  std::uint64_t origin = 0; ///< The second half of message ids; the same for the life of the store.
  bool was_clean = true; ///< The owner before has closed it cleanly, or there was none.
};

/// A key's row, and what is known of the process that wrote it.
struct KeyRow {
  FlowState state;
  core::Writer writer = core::Writer::this_process;
};

/// A schedule and what has become of it.
struct ScheduleRow {
  std::shared_ptr<const ScheduleSpec> spec;
  WallTime created_at{};
  bool paused = false;
  std::optional<WallTime> next{}; ///< When it fires next; stands still while it is paused.
  std::optional<WallTime> last{}; ///< When it was due the last time that it fired.
  std::string error{};

  /// A message of the last run.
  struct Run {
    MessageId message;
    MessageRow::State state = MessageRow::State::pending;
  };
  std::vector<Run> runs{}; ///< In the order of their numbers.
};

/// How many messages of a key are ready.
struct Backlog {
  FlowControlKey key;
  std::size_t waiting = 0;
};

class Store {
public:
  /// Success: all changes of the group are safe. Errors: none of them happened; `insufficient_storage`
  /// when the disk is full, `unavailable` when the fence is old, `io_error` otherwise.
  using Committed = std::function<void(Result<void>)>;

  virtual ~Store() = default;

  virtual StoreOpening opening() const = 0;

  /// Applies all of `changes`, in order, or none. `done` is called once, on the owner's thread, in
  /// the order of the commits; inside this call or later.
  virtual void commit(Changes changes, Fence fence, Committed done) = 0;

  /// Success if a message of `bytes` would fit now. Errors: `overloaded` (memory),
  /// `insufficient_storage` (disk).
  virtual Result<void> room_for(std::size_t bytes) const = 0;

  virtual std::optional<MessageRow> message(Sequence sequence) const = 0;
  /// Pending messages in the order of acceptance, after `after`; at most `limit`.
  virtual std::vector<MessageRow> pending(Sequence after, std::size_t limit) const = 0;
  /// Pending messages under `key` after `after` whose position is up to `upto`, in order; at most `limit`.
  virtual std::vector<WaitPosition> waiting(const FlowControlKey& key, WaitPosition after, WallTime upto,
                                            std::size_t limit) const = 0;
  /// How many `waiting` would list in all.
  virtual std::size_t waiting_count(const FlowControlKey& key, WallTime upto) const = 0;
  /// How many of those are before `position`; quick also where a million wait.
  virtual std::size_t waiting_before(const FlowControlKey& key, WaitPosition position) const = 0;
  /// Keys with messages whose position is up to `upto`, in the order of their names, after `after`.
  virtual std::vector<Backlog> backlog(const FlowControlKey& after, WallTime upto, std::size_t limit) const = 0;

  struct Due {
    Sequence sequence;
    WallTime ready_at;
    FlowControlKey key; ///< Under which it waits.

    /// In the order of readiness, ties by acceptance.
    WaitPosition order() const { return {ready_at, sequence}; }
  };
  /// Scheduled pending messages after `after` that are ready by `upto`, in order; at most `limit`.
  virtual std::vector<Due> due(WaitPosition after, WallTime upto, std::size_t limit) const = 0;
  /// When the first scheduled pending message after `after` becomes ready.
  virtual std::optional<WallTime> next_due(WaitPosition after) const = 0;

  /// The message that `id` remembers, if that is not over at `now`.
  virtual std::optional<MessageId> duplicate(std::string_view id, WallTime now) const = 0;

  virtual std::optional<KeyRow> key(const FlowControlKey& key) const = 0;
  /// Flow-control keys in the order of their names; no queues, no `$`.
  virtual std::vector<FlowControlKey> keys(const FlowControlQuery& query) const = 0;
  /// Queues in the order of their names.
  virtual std::vector<QueueName> queues(const QueueName& after, std::size_t limit) const = 0;

  virtual std::optional<ScheduleRow> schedule(const ScheduleId& id) const = 0;
  /// Schedules in the order of their ids, after `after`; at most `limit`.
  virtual std::vector<ScheduleRow> schedules(const ScheduleId& after, std::size_t limit) const = 0;
  virtual std::size_t schedule_count() const = 0;

  struct Firing {
    WallTime time{};
    ScheduleId id{};

    auto operator<=>(const Firing&) const = default;
  };
  /// When schedules that are not paused fire next, in order, ties by id; at most `limit`.
  virtual std::vector<Firing> firings(std::size_t limit) const = 0;

  /// The first part of the page that `query` asks for, without regard to `query.filter`: at most `query.count` entries,
  /// and no more once their bodies take `max_dlq_bytes`.
  virtual DlqPage dlq(const DlqQuery& query) const = 0;
  virtual std::optional<DlqEntry> dlq_entry(DlqId id) const = 0;

  /// The first part of the page that `query` asks for: at most `query.count` entries, and no more once their
  /// messages take `max_log_bytes`. Of one moment they are in the order they were added.
  struct LogSlice {
    std::vector<LogEntry> entries;
    std::optional<LogPosition> next; ///< The cursor with which to go on; empty at the end.
  };
  using LogFound = std::function<void(LogSlice)>;
  /// `found` is called once, on the owner's thread, inside this call or later; never if the store is destroyed before.
  virtual void log(const LogQuery& query, LogFound found) const = 0;
  /// A page of the audit log, newest first.
  virtual std::vector<AuditEntry> audit(const AuditQuery& query) const = 0;

  virtual std::optional<UrlGroup> url_group(const UrlGroupName& name) const = 0;
  /// All of them, in the order of their names.
  virtual std::vector<UrlGroup> url_groups() const = 0;

  /// Empty before the first PutSigningKeys.
  virtual std::optional<SigningKeys> signing_keys() const = 0;
  virtual LimitTables& limits() const = 0;
  /// The highest sequence number ever inserted, 0 if none; also of messages that were dropped.
  virtual Sequence last_sequence() const = 0;
};

/// The flow-control key of a message: its own, or `$` (spec §7.1 row 11).
const FlowControlKey& flow_key(const Message& message);

/// The key of a queue: queues are keys of another name space, which no client can name.
FlowControlKey queue_key(const QueueName& queue);
bool is_queue(const FlowControlKey& key);
/// The queue of a key for which `is_queue` holds.
QueueName queue_of(const FlowControlKey& key);

/// Neither a queue nor `$`.
bool is_named_by_clients(const FlowControlKey& key);

/// The key under which a message waits first: its queue's, or its flow-control key.
FlowControlKey waiting_key(const Message& message);

/// What a message costs in memory, roughly.
std::size_t footprint(const PublishRequest& request);
inline std::size_t footprint(const Message& message) { return footprint(message.request); }
inline std::size_t body_bytes(const DlqEntry& entry) {
  return entry.message->request.body.size() + entry.response_body.size();
}

} // namespace sluice
