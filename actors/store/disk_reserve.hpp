// Keeps some of the disk back, so that outcomes and control operations fit when it is full.
//
// A file of that size is really allocated. Publishes are refused while less than its size is
// free beside it; when even so a write finds no room, the file is given up, and it is made
// again once there is twice its size. Safe to use from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "sluice/result.hpp"
#include "sluice/time.hpp"

namespace sluice {

/// Bytes free on the disk that holds a directory; empty if that cannot be told.
using FreeSpace = std::function<std::optional<std::uint64_t>(const std::string& directory)>;

/// As the operating system says.
std::optional<std::uint64_t> free_space_on_disk(const std::string& directory);

class DiskReserve {
public:
  /// Asks `free_space` at most once in `interval`.
  DiskReserve(std::string directory, std::uint64_t bytes, Duration interval, FreeSpace free_space);

  /// Makes the file unless there is no room for it. Error: `io_error`.
  Result<void> prepare();
  /// Success if a message of `bytes` leaves the reserve free. Error: `insufficient_storage`.
  Result<void> room_for(std::size_t bytes);
  /// True if the disk has so little room that what the store's own file can reuse counts.
  bool is_short();
  /// Bytes of the store's file that hold nothing any more.
  void set_reusable(std::uint64_t bytes);
  /// A write found no room: gives the file up.
  void release();
  /// Makes the file again if there is room; true if it is there.
  bool restore();
  bool is_released();

private:
  bool allocate();

  const std::string directory_;
  const std::string file_;
  const std::uint64_t bytes_;
  const Duration interval_;
  const FreeSpace free_space_;
  std::mutex mutex_;
  bool released_ = false;
  std::uint64_t free_ = 0;
  std::uint64_t reusable_ = 0; ///< As of the last commit while the disk was short.
  std::optional<std::chrono::steady_clock::time_point> asked_at_;
};

} // namespace sluice
