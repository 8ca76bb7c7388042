// The contract of every store: what is written, in which units, and what may be read.
//
// One owner uses a store from one thread. All changes go through `commit`, any set of them
// at once; reads see every commit whose `done` was called, and come in slices so that none
// takes long. tests/store holds the conformance suite that each implementation passes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/core/flow_controller.hpp"
#include "sluice/dlq.hpp"
#include "sluice/message.hpp"
#include "sluice/result.hpp"
#include "sluice/scheduler.hpp"

namespace sluice {

using core::FlowState;
using core::Sequence;
using core::WaitPosition;

/// A message and how far it has come. `pending` until it is finished: delayed, waiting and
/// in flight are one state here, because starts are not written.
struct MessageRow {
  enum class State { pending, delivered, failed, cancelled };

  std::shared_ptr<const Message> message;
  State state = State::pending;
  WallTime ready_at{}; ///< When it may join the waitlist of its key.
  int attempts = 0; ///< Finished ones.
  bool cancel_requested = false;
  WallTime finished_at{};

  WaitPosition position() const { return {ready_at, message->id.sequence()}; }
};

/// A new pending message. `scheduled` ones are found by `due`; the others joined their
/// waitlist when they were accepted.
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
};
/// A message in flight is not to be tried again.
struct RequestCancel {
  Sequence sequence;
};
/// Creates or replaces a key.
struct PutKey {
  FlowControlKey key;
  FlowState state;
};
struct InsertDlqEntry {
  DlqEntry entry;
};
/// Drops finished messages that ended before `before`, and the oldest beyond `keep`; at most
/// `limit` of them.
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
struct PutSigningKeys {
  SigningKeys keys;
};

using Change = std::variant<InsertMessage, RetryMessage, FinishMessage, RequestCancel, PutKey, InsertDlqEntry,
                            DropFinished, DropDlqEntries, PutSigningKeys>;
using Changes = std::vector<Change>;

/// The right to write: a commit by an owner that has been replaced is refused.
struct Fence {
  std::uint64_t generation = 0;
};

class Store {
public:
  /// Success: all changes of the group are safe. Error: none of them happened.
  using Committed = std::function<void(Result<void>)>;

  virtual ~Store() = default;

  /// Applies all of `changes`, in order, or none. `done` is called once, in the order of the
  /// commits; inside this call or later.
  virtual void commit(Changes changes, Fence fence, Committed done) = 0;

  /// False if a message of `bytes` would not fit now (disk or memory limit).
  virtual bool has_room(std::size_t bytes) const = 0;

  virtual std::optional<MessageRow> message(Sequence sequence) const = 0;
  /// Pending messages of `key` after `after` that are ready by `upto`, in order; at most `limit`.
  virtual std::vector<WaitPosition> waiting(const FlowControlKey& key, WaitPosition after, WallTime upto,
                                            std::size_t limit) const = 0;
  /// How many `waiting` would list in all.
  virtual std::size_t waiting_count(const FlowControlKey& key, WallTime upto) const = 0;

  struct Due {
    WaitPosition position;
    FlowControlKey key;
  };
  /// Scheduled pending messages after `after` that are ready by `upto`, in order; at most `limit`.
  virtual std::vector<Due> due(WaitPosition after, WallTime upto, std::size_t limit) const = 0;
  /// When the first scheduled pending message after `after` becomes ready.
  virtual std::optional<WallTime> next_due(WaitPosition after) const = 0;

  virtual std::optional<FlowState> key(const FlowControlKey& key) const = 0;
  /// Keys in the order of their names.
  virtual std::vector<FlowControlKey> keys(const FlowControlQuery& query) const = 0;

  virtual DlqPage dlq(const DlqQuery& query) const = 0;
  /// Empty before the first PutSigningKeys.
  virtual std::optional<SigningKeys> signing_keys() const = 0;
  /// The highest sequence number ever inserted, 0 if none.
  virtual Sequence last_sequence() const = 0;
};

/// The key under which a message waits: its own, or `$` (spec §7.1 row 11).
const FlowControlKey& flow_key(const Message& message);

/// What a message costs in memory, roughly.
std::size_t footprint(const Message& message);

} // namespace sluice
