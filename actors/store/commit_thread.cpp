#include "actors/store/commit_thread.hpp"

#include "actors/crash_point.hpp"

namespace sluice {

CommitThread::CommitThread(Database& database, std::uint64_t generation, StoreReader& reader,
                           Checkpointer& checkpointer, DiskReserve& reserve, Fatal fatal)
    : database_(database),
      writer_(database_),
      generation_(generation),
      reader_(reader),
      checkpointer_(checkpointer),
      reserve_(reserve),
      fatal_(std::move(fatal)),
      begin_(database_, "BEGIN IMMEDIATE"),
      commit_(database_, "COMMIT"),
      thread_([this] { run(); }) {}

CommitThread::~CommitThread() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void CommitThread::submit(std::shared_ptr<Group> group, Done done) {
  {
    std::lock_guard lock(mutex_);
    group_ = std::move(group);
    done_ = std::move(done);
  }
  wake_.notify_one();
}

void CommitThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || group_; });
    if (!group_)
      return;
    auto group = std::exchange(group_, nullptr);
    auto done = std::move(done_);
    lock.unlock();
    done(commit(*group));
    group.reset();
    lock.lock();
  }
}

Result<void> CommitThread::commit(Group& group) {
  if (broken_)
    return Error{ErrorCode::io_error, "an earlier write could not be made safe"};
  if (group.fence.generation != generation_)
    return Error{ErrorCode::unavailable, "another process has taken this store over"};
  copy_tail();
  // Only now: while a reader is pinned to a part of the log, the log cannot begin anew.
  if (auto pinned = reader_.pin(); !pinned)
    return pinned;
  return commit_pinned(group);
}

Result<void> CommitThread::commit_pinned(Group& group) {
  SLUICE_CRASH_POINT("store.commit.before_begin");
  begin_.run();
  auto owned = database_.failed() || writer_.write(group.changes, generation_);
  SLUICE_CRASH_POINT("store.commit.before_commit");
  if (!owned || !commit_.run())
    return undo(owned);
  SLUICE_CRASH_POINT("store.commit.after_commit");
  writer_.committed();
  group.dropped_events = writer_.dropped_events();
  group.dropped_messages = writer_.dropped_messages();
  checkpointer_.on_commit(database_.log_frames());
  tell_reusable();
  return {};
}

// What messages have left behind in the file makes room for others without the disk's help.
void CommitThread::tell_reusable() {
  if (!reserve_.is_short())
    return;
  auto pages = database_.number("PRAGMA freelist_count") * database_.number("PRAGMA page_size");
  database_.forget_failure();
  reserve_.set_reusable(static_cast<std::uint64_t>(pages));
}

void CommitThread::copy_tail() {
  if (!checkpointer_.take_tail())
    return;
  SLUICE_CRASH_POINT("store.checkpoint.tail");
  database_.checkpoint();
  if (database_.failed())
    on_failure(database_.error(), database_.sync_failed());
  database_.forget_failure();
}

Result<void> CommitThread::undo(bool owned) {
  auto error = owned ? database_.error() : Error{ErrorCode::unavailable, "another process has taken this store over"};
  auto sync_failed = database_.sync_failed();
  database_.forget_failure();
  if (database_.in_transaction())
    database_.run("ROLLBACK");
  SLUICE_CRASH_POINT("store.commit.rolled_back");
  database_.forget_failure();
  writer_.roll_back();
  on_failure(error, sync_failed);
  return error;
}

void CommitThread::on_failure(const Error& error, bool sync_failed) {
  if (sync_failed) {
    // The kernel forgets pages that it could not write: another fsync would succeed and mean nothing.
    broken_ = true;
    return fatal_("a write could not be made safe: " + error.message);
  }
  if (error.code == ErrorCode::insufficient_storage) {
    reserve_.release();
    checkpointer_.on_disk_full();
  }
}

} // namespace sluice
