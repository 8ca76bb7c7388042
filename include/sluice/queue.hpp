// Queues: messages in the order of their acceptance, each after the one before has ended (spec §6.5).
#pragma once

#include <cstdint>
#include <optional>

#include "sluice/ids.hpp"
#include "sluice/time.hpp"

namespace sluice {

/// A queue at one moment.
struct QueueInfo {
  QueueName name;
  WallTime created_at{};
  WallTime updated_at{};
  std::int64_t parallelism = 1; ///< How many messages it works on at once.
  bool paused = false;
  std::int64_t lag = 0; ///< Messages that have not ended.
};

/// What to set of a queue; an empty part stays, or is 1 and false in a new queue.
struct QueueSettings {
  std::optional<std::int64_t> parallelism{}; ///< >= 1.
  std::optional<bool> paused{};
};

} // namespace sluice
