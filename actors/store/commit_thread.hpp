// The one writer of the durable store: commits groups in their order, on a thread of its own.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "actors/store/change_writer.hpp"
#include "actors/store/checkpointer.hpp"
#include "actors/store/database.hpp"
#include "actors/store/disk_reserve.hpp"
#include "actors/store/store_reader.hpp"

namespace sluice {

class CommitThread {
public:
  struct Group {
    Changes changes;
    Fence fence;
    // Known once the group is committed:
    std::vector<std::size_t> dropped_events{}; ///< By each DropEvents.
    std::vector<Sequence> dropped_messages{};
  };
  /// Called on the writer's thread.
  using Done = std::function<void(Result<void>)>;

  CommitThread(Database& database, std::uint64_t generation, StoreReader& reader, Checkpointer& checkpointer,
               DiskReserve& reserve, Fatal fatal);
  /// Waits for the group under way.
  ~CommitThread();

  /// One at a time: the next one only after the reader was unpinned from the one before.
  void submit(std::shared_ptr<Group> group, Done done);

private:
  void run();
  Result<void> commit(Group& group);
  Result<void> commit_pinned(Group& group);
  void tell_reusable();
  void copy_tail();
  Result<void> undo(bool owned);
  void on_failure(const Error& error, bool sync_failed);

  Database& database_;
  ChangeWriter writer_;
  const std::uint64_t generation_;
  StoreReader& reader_;
  Checkpointer& checkpointer_;
  DiskReserve& reserve_;
  Fatal fatal_;
  Statement begin_;
  Statement commit_;
  bool broken_ = false; ///< What the disk holds is unknown; nothing more is written.
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::shared_ptr<Group> group_;
  Done done_;
  std::thread thread_;
};

} // namespace sluice
