// A log with group commit: while one batch is being written and synced the
// next one gathers. `durable` is called (on the log's thread) with the number
// of appends that are safe on disk.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "common.hpp"

namespace bench {

class GroupCommit {
public:
  GroupCommit(const std::string& path, std::function<void(uint64_t)> durable)
      : fd_(open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600)), durable_(std::move(durable)) {
    if (fd_ < 0)
      die("open " + path);
    std::thread([this] { run(); }).detach();
  }
  // Returns the append's number, counted from 1. sync false: it may wait for
  // the next append that needs one.
  uint64_t append(std::string_view record, bool sync = true) {
    std::lock_guard lock(mutex_);
    gathering_.append(record);
    if (sync) {
      if (!wanted_)
        wake_.notify_one();
      wanted_ = true;
    }
    return ++appended_;
  }

private:
  void run() {
    std::string batch;
    for (uint64_t last;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return wanted_; });
        batch.swap(gathering_);
        last = appended_;
        wanted_ = false;
      }
      if (write(fd_, batch.data(), batch.size()) != ssize_t(batch.size()) || fdatasync(fd_))
        die("log");
      batch.clear();
      durable_(last);
    }
  }
  int fd_;
  std::function<void(uint64_t)> durable_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string gathering_;
  uint64_t appended_ = 0;
  bool wanted_ = false;
};

} // namespace bench
