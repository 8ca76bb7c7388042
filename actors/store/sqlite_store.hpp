// The durable store: a directory with a SQLite database, written in groups.
//
// Four connections: the writer's thread commits one group after the other, each with one fsync;
// the owner reads on another; a third copies the log into the file meanwhile; a fourth, with a thread
// of its own, searches the log of events. Nothing is written
// and nothing waits for the disk on the owner's thread, except to read back what memory does not
// hold. In memory are the order of what waits, sixteen bytes a message, how what is kept has ended, and a bounded cache.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "actors/store/disk_reserve.hpp"
#include "actors/store/ended_messages.hpp"
#include "actors/store/message_cache.hpp"
#include "actors/store/store.hpp"
#include "actors/store/store_opening.hpp"
#include "actors/store/store_reader.hpp"
#include "actors/store/waitlists.hpp"
#include "sluice/storage.hpp"

namespace sluice {

class Checkpointer;
class CommitThread;
class LogReader;

struct SqliteStoreOptions {
  std::string directory;
  Durability durability = Durability::full; ///< `full` or `normal`.
  std::size_t cache = StorageOptions{}.cache;
  std::size_t reserve = StorageOptions{}.reserve;
  /// Which run of the machine this is; empty: the operating system's.
  std::string boot_id{};
  std::size_t checkpoint_after = std::size_t{16} << 20; ///< Bytes of the log.
  Duration space_checked_every = std::chrono::milliseconds{100};
  // The rest is for tests.
  std::string vfs{}; ///< SQLite's file system layer; empty: the operating system's.
  FreeSpace free_space = free_space_on_disk;
  /// Called on any of the store's threads when it cannot go on: a write could not be made safe, or
  /// something stored cannot be read. Must not return in production; empty: prints the reason and
  /// ends the process with status 1.
  Fatal fatal{};
};

class SqliteStore final : public Store {
public:
  /// Brings a completion to the owner's thread; called on the writer's until the store is destroyed.
  using Post = std::function<void(std::function<void()>)>;

  /// Opens the store in `options.directory`, which is made if it is missing. Errors: `store_unusable`
  /// if it is in use by another process, damaged, newer than this program or not a store; `io_error`.
  static Result<std::unique_ptr<SqliteStore>> open(SqliteStoreOptions options, Post post);

  /// On the owner's thread. Finishes the group under way and forgets those behind it; `done` is called
  /// for none of them.
  ~SqliteStore() override;

  StoreOpening opening() const override { return opened_.opening; }
  void commit(Changes changes, Fence fence, Committed done) override;
  Result<void> room_for(std::size_t bytes) const override;
  std::optional<MessageRow> message(Sequence sequence) const override;
  std::vector<MessageRow> pending(Sequence after, std::size_t limit) const override;
  std::vector<WaitPosition> waiting(const FlowControlKey& key, WaitPosition after, WallTime upto,
                                    std::size_t limit) const override;
  std::size_t waiting_count(const FlowControlKey& key, WallTime upto) const override;
  std::size_t waiting_before(const FlowControlKey& key, WaitPosition position) const override;
  std::vector<Backlog> backlog(const FlowControlKey& after, WallTime upto, std::size_t limit) const override;
  std::vector<Due> due(WaitPosition after, WallTime upto, std::size_t limit) const override;
  std::optional<WallTime> next_due(WaitPosition after) const override;
  std::optional<MessageId> duplicate(std::string_view id, WallTime now) const override;
  std::optional<KeyRow> key(const FlowControlKey& key) const override;
  std::vector<FlowControlKey> keys(const FlowControlQuery& query) const override;
  std::vector<QueueName> queues(const QueueName& after, std::size_t limit) const override;
  std::optional<ScheduleRow> schedule(const ScheduleId& id) const override;
  std::vector<ScheduleRow> schedules(const ScheduleId& after, std::size_t limit) const override;
  std::size_t schedule_count() const override;
  std::vector<Firing> firings(std::size_t limit) const override;
  DlqPage dlq(const DlqQuery& query) const override;
  std::optional<DlqEntry> dlq_entry(DlqId id) const override;
  void log(const LogQuery& query, LogFound found) const override;
  std::vector<AuditEntry> audit(const AuditQuery& query) const override;
  std::optional<UrlGroup> url_group(const UrlGroupName& name) const override;
  std::vector<UrlGroup> url_groups() const override;
  std::optional<SigningKeys> signing_keys() const override;
  LimitTables& limits() const override { return reader_->limits(); }
  Sequence last_sequence() const override { return opened_.last_sequence; }

private:
  struct Pending;

  SqliteStore(SqliteStoreOptions options, Post post, OpenedStore opened);
  Result<void> start();
  Result<std::unique_ptr<Database>> connect(Database::Access access) const;
  /// What cannot be read while opening is an error of that; later it ends the process.
  void on_fatal(const std::string& reason);
  void hand_over();
  void finish(const std::shared_ptr<Pending>& group, const Result<void>& result);
  void take_in(const Changes& changes);

  SqliteStoreOptions options_;
  Post post_;
  OpenedStore opened_; ///< Its connection, the writer's, is the last to close: it copies the log and removes it.
  mutable MessageCache cache_;
  mutable DiskReserve reserve_;
  EndedMessages ended_;
  std::unique_ptr<StoreReader> reader_;
  std::unique_ptr<Waitlists> waitlists_;
  std::unique_ptr<Checkpointer> checkpointer_;
  std::unique_ptr<CommitThread> writer_; ///< Ends before what it uses.
  std::unique_ptr<LogReader> log_reader_;
  std::deque<std::shared_ptr<Pending>> gathered_; ///< Behind the group under way.
  bool is_committing_ = false;
  bool is_started_ = false;
  std::optional<Error> start_error_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(); ///< Completions that arrive later find it gone.
};

} // namespace sluice
