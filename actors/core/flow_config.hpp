// The durable half of a flow-control key, and what each operation makes of it (spec §7.1–§7.4).
#pragma once

#include <variant>

#include "sluice/flow_control.hpp"
#include "sluice/queue.hpp"
#include "sluice/result.hpp"

namespace sluice::core {

/// Limits in force, which of them are pinned, and whether the key is paused.
struct FlowConfig {
  FlowLimits limits{};
  bool pinned_parallelism = false;
  bool pinned_rate = false; ///< Rate and period together.
  bool paused = false;

  bool operator==(const FlowConfig&) const = default;
};

/// A message was accepted: its limits replace those that are not pinned (row 7).
struct UseLimits {
  FlowLimits limits;
};
struct Pause {};
struct Resume {};
struct ResetRate {};
struct Reset {};

/// What was prepared did not come to be: the configuration is this one again, and what is leased of
/// the period is what has started.
struct Restore {
  FlowConfig config;
};

/// `QueueSettings` are for queues, which are keys too; nothing else changes their limits.
using FlowOperation =
    std::variant<UseLimits, PinRequest, UnpinRequest, Pause, Resume, ResetRate, Reset, QueueSettings, Restore>;

/// True if `operation` starts a new rate period at the moment it takes effect.
bool starts_period(const FlowOperation& operation);

/// The configuration after `operation`. Error: `invalid_argument` for a pin of a period
/// alone while no rate is in force.
Result<FlowConfig> apply(FlowConfig config, const FlowOperation& operation);

} // namespace sluice::core
