// Where messages are kept, and how safe they are there.
#pragma once

#include <cstddef>
#include <string>

#include "sluice/time.hpp"

namespace sluice {

/// What an accepted message survives.
enum class Durability {
  full, ///< The loss of power: every commit is on the disk before it is answered.
  normal, ///< The end of the process; a loss of power may take the last commits.
  memory, ///< Nothing: everything is kept in memory.
};

struct StorageOptions {
  std::string directory{}; ///< Made if it is missing (mode 0700); empty: everything is kept in memory.
  Durability durability = Durability::full;
  std::size_t memory_limit = std::size_t{1} << 30; ///< Bytes that the store in memory may hold.
  /// Bytes of messages that the durable store keeps in memory until they start; the rest is read back.
  std::size_t cache = std::size_t{64} << 20;
  /// Bytes held back on the disk: below that much free space publishes are refused, and outcomes
  /// and control operations go on.
  std::size_t reserve = std::size_t{16} << 20;
};

/// How long what has ended stays readable. What is older is deleted in slices, the oldest first.
///
/// The log needs the messages of its events: a message is kept as long as one of them. Each event takes about 16
/// bytes of memory, each message in the log about 100 more.
struct RetentionOptions {
  /// How long `Scheduler::message` finds a message that has ended (spec §2.6: at least 60 s).
  Duration finished = std::chrono::minutes{2};
  std::size_t max_finished = 100'000; ///< How many are kept although the log has no event of them any more.
  /// Bytes of messages that have ended; beyond, the oldest events go with their messages. In memory it is at most
  /// half of `StorageOptions::memory_limit`.
  std::size_t max_finished_bytes = std::size_t{1} << 30;
  Duration dlq = std::chrono::hours{24 * 7}; ///< Failed messages (spec §6.2).
  Duration events = std::chrono::hours{24 * 3}; ///< The log (spec §6.9).
  std::size_t max_events = 1'000'000; ///< ... and how many of them.
};

} // namespace sluice
