// How a durable store is opened: its directory, its lock, its tables, and the claim to it.
#pragma once

#include <memory>
#include <string>

#include "actors/store/database.hpp"
#include "actors/store/store.hpp"
#include "actors/store/store_directory.hpp"

namespace sluice {

/// A store that is ours until the lock is given up.
struct OpenedStore {
  DirectoryLock lock;
  std::unique_ptr<Database> database;
  StoreOpening opening;
  std::uint64_t first_of_boot; ///< The first generation since the machine started.
  Sequence last_sequence;
};

/// Names the run of the operating system; empty if it does not tell.
std::string system_boot_id();

/// Opens the store in `directory`, which is made if it is missing, and counts a new generation of
/// it. Errors: `store_unusable` if it is in use, damaged, newer or not a store; `io_error`.
Result<OpenedStore> open_store(const std::string& directory, Durability durability, const std::string& boot_id,
                               const std::string& vfs);

} // namespace sluice
