// Copies the log of the durable store into its file, on a thread of its own.
//
// Commits go on meanwhile; what they add makes the log grow, so the copying is repeated until little
// is left, and that last part is the writer's: only with nothing left can the log begin anew.
// The thread also makes the reserve again once there is room.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "actors/store/database.hpp"
#include "actors/store/disk_reserve.hpp"
#include "actors/store/store_reader.hpp"

namespace sluice {

class Checkpointer {
public:
  /// Starts when the log has grown to `frames` pages.
  Checkpointer(std::unique_ptr<Database> database, int frames, DiskReserve& reserve, Fatal fatal);
  ~Checkpointer();

  /// The log is `frames` pages long now. For the writer's thread.
  void on_commit(int frames);
  /// True once when only a small part is left to copy: the caller may do it between two groups.
  bool take_tail();
  /// The reserve was released.
  void on_disk_full();

private:
  void run();
  bool wait(std::unique_lock<std::mutex>& lock);
  void copy();

  std::unique_ptr<Database> database_;
  const int threshold_;
  DiskReserve& reserve_;
  Fatal fatal_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool disk_full_ = false;
  bool wanted_ = false;
  bool tail_left_ = false;
  int frames_ = 0; ///< Of the log.
  int wake_at_; ///< Frames.
  std::thread thread_;
};

} // namespace sluice
