// Which limits and keys of flow control are valid, and how a header spells them (spec §7.2).
#pragma once

#include <string_view>

#include "sluice/flow_control.hpp"
#include "sluice/result.hpp"

namespace sluice::core {

inline constexpr std::size_t max_key_size = 256; // spec §7.2
inline constexpr std::string_view reserved_key = "$"; // spec §7.1 row 11

/// Reads `parallelism=3, rate=5, period=1m`: each name at most once, in any order and case.
/// What it returns passes `check`. Error: `invalid_argument` on `Upstash-Flow-Control-Value`.
Result<FlowLimits> parse_flow_control_value(std::string_view text);

/// Refuses limits out of range, and limits that name neither a rate nor a parallelism.
/// Error: `invalid_argument` on `Upstash-Flow-Control-Value`.
Result<void> check(const FlowLimits& limits);

/// Refuses a key that is empty, too long, reserved or has control characters.
/// Error: `invalid_argument` on `Upstash-Flow-Control-Key`.
Result<void> check(const FlowControlKey& key);

/// Refuses values out of range, and a request that names nothing. Whether a period alone
/// has a rate to belong to is for the key to say. Error: `invalid_argument` on `rate`,
/// `period` or `parallelism`.
Result<void> check(const PinRequest& request);

} // namespace sluice::core
