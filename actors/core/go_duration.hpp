// Durations as Go programs write them: `6m5s`, `1h30m`, `250ms` (package time, ParseDuration).
#pragma once

#include <optional>
#include <string_view>

#include "sluice/time.hpp"

namespace sluice::core {

/// Reads numbers with the units ns, us (also with a micro sign), ms, s, m and h, in any
/// order and as often as they come; no sign. Each number may have a fraction and is cut to
/// whole nanoseconds. Empty for anything else, for the empty text and above `longest`,
/// which must not be negative.
std::optional<Duration> parse_go_duration(std::string_view text, Duration longest);

} // namespace sluice::core
