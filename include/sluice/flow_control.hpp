// Flow control: how fast the messages of one key may start (spec §7).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "sluice/ids.hpp"
#include "sluice/time.hpp"

namespace sluice {

inline constexpr Duration min_rate_period = std::chrono::seconds{1};
inline constexpr Duration max_rate_period = std::chrono::hours{24 * 7};

/// Limits as a message brings them. No limit is an empty optional.
struct FlowLimits {
  std::optional<std::int64_t> parallelism; ///< Calls in flight at once, >= 1.
  std::optional<std::int64_t> rate; ///< Starts per `period`, >= 1.
  Duration period = min_rate_period; ///< min_rate_period … max_rate_period.

  bool operator==(const FlowLimits&) const = default;
};

/// The flow control of one message: its key, and the limits that the key takes
/// over when the message is accepted (the last message wins).
struct FlowControl {
  FlowControlKey key;
  FlowLimits limits;
};

/// What to pin (mission: "Pin Configuration for Flow Control Key"). A part that is
/// empty keeps its value and its pinned flag. `rate` without `period` keeps the
/// period in force; `period` alone needs a rate in force.
struct PinRequest {
  std::optional<std::int64_t> parallelism; ///< >= 1.
  std::optional<std::int64_t> rate; ///< >= 1.
  std::optional<Duration> period; ///< min_rate_period … max_rate_period.
};

/// Which parts to unpin. The values stay until a message brings others.
struct UnpinRequest {
  bool parallelism = false;
  bool rate = false;
};

/// A key at one moment. Absent limits are reported as 0, as the wire does.
struct FlowControlInfo {
  FlowControlKey key;
  std::int64_t waitlist_size = 0; ///< Ready messages that have not started.
  std::int64_t parallelism_max = 0; ///< 0: no limit.
  std::int64_t parallelism_count = 0; ///< Calls in flight now.
  std::int64_t rate_max = 0; ///< 0: no limit.
  std::int64_t rate_count = 0; ///< Starts in the running period; 0 when it is over.
  Duration rate_period{0}; ///< 0 when no rate is set.
  WallTime rate_period_start{}; ///< Of the last period; the epoch if there never was one.
  bool is_paused = false;
  bool is_pinned_parallelism = false;
  bool is_pinned_rate = false;
  bool is_failed = false; ///< Stopped after repeated internal faults; `resume` tries again.
};

/// Which keys to list: sorted by key, those that contain `search` (case-sensitive),
/// beginning after `after`.
struct FlowControlQuery {
  std::string search{};
  std::string after{};
  std::size_t limit = 10'000;
};

/// The process-wide bound on calls in flight.
struct GlobalParallelism {
  std::int64_t max = 0; ///< >= 1.
  std::int64_t count = 0; ///< Calls in flight now.
};

} // namespace sluice
