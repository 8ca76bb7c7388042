// Brings the completions of a store to the thread that owns it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace sluice::test {

/// Work that other threads bring to the one that waits for it.
class Mailbox {
public:
  void post(std::function<void()> work) {
    std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
    wake_.notify_one();
  }
  /// Waits until there is work.
  void wait() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !posted_.empty(); });
  }
  /// Waits for the next piece and does it.
  void run_one() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !posted_.empty(); });
    auto work = std::move(posted_.front());
    posted_.pop_front();
    lock.unlock();
    work();
  }

private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> posted_;
};

} // namespace sluice::test
