#include "actors/store/sqlite_store.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "actors/store/checkpointer.hpp"
#include "actors/store/commit_thread.hpp"
#include "actors/store/log_reader.hpp"

namespace sluice {

namespace {

constexpr std::size_t page_size = 4096;

void end_process(const std::string& reason) {
  std::fprintf(stderr, "sluice: %s\n", reason.c_str());
  std::_Exit(1);
}

} // namespace

struct SqliteStore::Pending {
  std::shared_ptr<CommitThread::Group> group;
  Committed done;
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(SqliteStoreOptions options, Post post) {
  if (options.boot_id.empty())
    options.boot_id = system_boot_id();
  if (!options.fatal)
    options.fatal = end_process;
  auto opened = open_store(options.directory, options.durability, options.boot_id, options.vfs);
  if (!opened)
    return opened.error();
  std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(options), std::move(post), *std::move(opened)));
  if (auto started = store->start(); !started)
    return started.error();
  return store;
}

SqliteStore::SqliteStore(SqliteStoreOptions options, Post post, OpenedStore opened)
    : options_(std::move(options)),
      post_(std::move(post)),
      opened_(std::move(opened)),
      cache_(options_.cache),
      reserve_(options_.directory, options_.reserve, options_.space_checked_every, options_.free_space) {}

SqliteStore::~SqliteStore() = default;

Result<void> SqliteStore::start() {
  if (auto prepared = reserve_.prepare(); !prepared)
    return prepared;
  auto reading = connect(Database::Access::read);
  if (!reading)
    return reading.error();
  auto copying = connect(Database::Access::write);
  if (!copying)
    return copying.error();
  auto searching = connect(Database::Access::read);
  if (!searching)
    return searching.error();
  ended_.load(**reading);
  if ((*reading)->failed())
    return (*reading)->error();
  const auto& opening = opened_.opening;
  reader_ = std::make_unique<StoreReader>(std::move(reading.value()), opening, opened_.first_of_boot, ended_,
                                          [this](const std::string& reason) { on_fatal(reason); });
  waitlists_ = std::make_unique<Waitlists>(*reader_, cache_);
  if (start_error_)
    return *start_error_;
  is_started_ = true;
  log_reader_ = std::make_unique<LogReader>(std::move(searching.value()), options_.fatal);
  checkpointer_ = std::make_unique<Checkpointer>(std::move(copying.value()), options_.checkpoint_after / page_size,
                                                 reserve_, options_.fatal);
  writer_ = std::make_unique<CommitThread>(*opened_.database, opening.generation, *reader_, *checkpointer_, reserve_,
                                           options_.fatal);
  return {};
}

void SqliteStore::on_fatal(const std::string& reason) {
  if (is_started_)
    options_.fatal(reason);
  else
    start_error_ = Error{ErrorCode::store_unusable, reason};
}

Result<std::unique_ptr<Database>> SqliteStore::connect(Database::Access access) const {
  return Database::open(StoreFiles(options_.directory).database, access, options_.vfs);
}

void SqliteStore::commit(Changes changes, Fence fence, Committed done) {
  auto group = std::make_shared<CommitThread::Group>(CommitThread::Group{std::move(changes), fence});
  gathered_.push_back(std::make_shared<Pending>(Pending{std::move(group), std::move(done)}));
  hand_over();
}

void SqliteStore::hand_over() {
  if (is_committing_ || gathered_.empty())
    return;
  is_committing_ = true;
  auto pending = std::move(gathered_.front());
  gathered_.pop_front();
  writer_->submit(pending->group, [this, pending, alive = std::weak_ptr(alive_)](Result<void> result) {
    post_([this, pending, alive, result = std::move(result)] {
      if (!alive.expired())
        finish(pending, result);
    });
  });
}

void SqliteStore::finish(const std::shared_ptr<Pending>& pending, const Result<void>& result) {
  if (result) {
    take_in(pending->group->changes);
    log_reader_->take(pending->group);
  }
  reader_->unpin();
  // Only now: for a reader that still shows them they would be pending.
  if (result)
    ended_.forget(pending->group->dropped_messages);
  is_committing_ = false;
  hand_over();
  // Last: it may destroy the store.
  pending->done(result);
}

void SqliteStore::take_in(const Changes& changes) {
  for (const auto& change : changes) {
    waitlists_->apply(change);
    ended_.apply(change);
    cache_.apply(change);
    if (auto inserted = std::get_if<InsertMessage>(&change))
      opened_.last_sequence = std::max(opened_.last_sequence, inserted->message->id.sequence());
  }
  cache_.trim();
}

Result<void> SqliteStore::room_for(std::size_t bytes) const { return reserve_.room_for(bytes); }

std::optional<MessageRow> SqliteStore::message(Sequence sequence) const {
  if (auto cached = cache_.find(sequence))
    return *cached;
  auto row = reader_->message(sequence);
  // It is about to start: its retry and its end will ask for it again.
  if (row && row->state == MessageRow::State::pending) {
    cache_.insert(*row);
    cache_.trim();
  }
  return row;
}

std::vector<MessageRow> SqliteStore::pending(Sequence after, std::size_t limit) const {
  return reader_->pending(after, limit);
}

std::vector<WaitPosition> SqliteStore::waiting(const FlowControlKey& key, WaitPosition after, WallTime upto,
                                               std::size_t limit) const {
  return waitlists_->waiting(key, after, upto, limit);
}

std::size_t SqliteStore::waiting_count(const FlowControlKey& key, WallTime upto) const {
  return waitlists_->waiting_count(key, upto);
}

std::size_t SqliteStore::waiting_before(const FlowControlKey& key, WaitPosition position) const {
  return waitlists_->waiting_before(key, position);
}

std::vector<Backlog> SqliteStore::backlog(const FlowControlKey& after, WallTime upto, std::size_t limit) const {
  return waitlists_->backlog(after, upto, limit);
}

std::vector<Store::Due> SqliteStore::due(WaitPosition after, WallTime upto, std::size_t limit) const {
  return reader_->due(after, upto, limit);
}

std::optional<WallTime> SqliteStore::next_due(WaitPosition after) const { return reader_->next_due(after); }

std::optional<MessageId> SqliteStore::duplicate(std::string_view id, WallTime now) const {
  return reader_->duplicate(id, now);
}

std::optional<KeyRow> SqliteStore::key(const FlowControlKey& key) const { return reader_->key(key); }

std::vector<FlowControlKey> SqliteStore::keys(const FlowControlQuery& query) const { return reader_->keys(query); }

std::vector<QueueName> SqliteStore::queues(const QueueName& after, std::size_t limit) const {
  return reader_->queues(after, limit);
}

std::optional<ScheduleRow> SqliteStore::schedule(const ScheduleId& id) const { return reader_->schedule(id); }

std::vector<ScheduleRow> SqliteStore::schedules(const ScheduleId& after, std::size_t limit) const {
  return reader_->schedules(after, limit);
}

std::size_t SqliteStore::schedule_count() const { return reader_->schedule_count(); }

std::vector<Store::Firing> SqliteStore::firings(std::size_t limit) const { return reader_->firings(limit); }

DlqPage SqliteStore::dlq(const DlqQuery& query) const { return reader_->dlq(query); }

std::optional<DlqEntry> SqliteStore::dlq_entry(DlqId id) const { return reader_->dlq_entry(id); }

void SqliteStore::log(const LogQuery& query, LogFound found) const {
  log_reader_->search(query, [this, found = std::move(found), alive = std::weak_ptr(alive_)](LogSlice slice) {
    post_([found, alive, slice = std::move(slice)]() mutable {
      if (!alive.expired())
        found(std::move(slice));
    });
  });
}

std::vector<AuditEntry> SqliteStore::audit(const AuditQuery& query) const { return reader_->audit(query); }

std::optional<UrlGroup> SqliteStore::url_group(const UrlGroupName& name) const { return reader_->url_group(name); }

std::vector<UrlGroup> SqliteStore::url_groups() const { return reader_->url_groups(); }

std::optional<SigningKeys> SqliteStore::signing_keys() const { return reader_->signing_keys(); }

} // namespace sluice
