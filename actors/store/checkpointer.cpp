#include "actors/store/checkpointer.hpp"

#include "actors/crash_point.hpp"

namespace sluice {

namespace {

constexpr int small_tail = 256; // Frames: one MiB, some milliseconds of the writer's time.
constexpr int max_passes = 5;
constexpr std::chrono::milliseconds space_check{100};

} // namespace

Checkpointer::Checkpointer(std::unique_ptr<Database> database, int frames, DiskReserve& reserve, Fatal fatal)
    : database_(std::move(database)),
      threshold_(frames),
      reserve_(reserve),
      fatal_(std::move(fatal)),
      disk_full_(reserve.is_released()),
      wake_at_(frames),
      thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::on_commit(int frames) {
  std::lock_guard lock(mutex_);
  // The log began anew.
  if (frames < frames_)
    wake_at_ = threshold_;
  frames_ = frames;
  if (frames < wake_at_ || wanted_)
    return;
  wanted_ = true;
  wake_.notify_one();
}

bool Checkpointer::take_tail() {
  std::lock_guard lock(mutex_);
  return std::exchange(tail_left_, false);
}

void Checkpointer::on_disk_full() {
  {
    std::lock_guard lock(mutex_);
    disk_full_ = true;
  }
  wake_.notify_one();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  while (wait(lock)) {
    auto disk_full = disk_full_;
    auto wanted = wanted_;
    lock.unlock();
    if (wanted)
      copy();
    auto restored = disk_full && reserve_.restore();
    lock.lock();
    if (restored)
      disk_full_ = false;
  }
}

// False at the end. Space on a full disk comes back unannounced.
bool Checkpointer::wait(std::unique_lock<std::mutex>& lock) {
  auto ready = [this] { return stopping_ || wanted_; };
  if (disk_full_)
    wake_.wait_for(lock, space_check, ready);
  else
    wake_.wait(lock, [&] { return ready() || disk_full_; });
  return !stopping_;
}

void Checkpointer::copy() {
  for (int pass = 0; pass < max_passes; ++pass) {
    SLUICE_CRASH_POINT("store.checkpoint.before");
    auto done = database_->checkpoint();
    SLUICE_CRASH_POINT("store.checkpoint.after");
    if (database_->sync_failed())
      return fatal_("a checkpoint could not be made safe: " + database_->error().message);
    // Anything else is tried again with the next one.
    database_->forget_failure();
    std::lock_guard lock(mutex_);
    if (stopping_ || frames_ - done.copied_frames <= small_tail)
      break;
  }
  std::lock_guard lock(mutex_);
  wanted_ = false;
  tail_left_ = true;
  // Unless the log can begin anew, because somebody reads it, there is nothing to do for a while.
  wake_at_ = frames_ + threshold_ / 2;
}

} // namespace sluice
