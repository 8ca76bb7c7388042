// The directory of a durable store: its files, and who may use them.
#pragma once

#include <string>

#include "sluice/result.hpp"

namespace sluice {

/// Where the parts of a store lie in `directory`.
struct StoreFiles {
  explicit StoreFiles(const std::string& directory)
      : database(directory + "/sluice.db"), lock(directory + "/lock"), reserve(directory + "/reserve") {}

  std::string database;
  std::string lock;
  std::string reserve;
};

/// Makes `directory` for its owner alone (mode 0700), and what is missing above it. It may exist.
/// Error: `io_error`.
Result<void> make_directory(const std::string& directory);

/// Makes the names in `directory` safe on the disk.
Result<void> sync_directory(const std::string& directory);

/// Keeps other processes out for as long as it lives. The kernel gives the lock up when a
/// process ends, however it ends.
class DirectoryLock {
public:
  /// Errors: `store_unusable` if another process holds it, `io_error`.
  static Result<DirectoryLock> take(const std::string& directory);

  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

private:
  explicit DirectoryLock(int file) : file_(file) {}

  int file_;
};

} // namespace sluice
