// Durations as clients write them: `30s`, `1h30m`, `7d` (spec §3.2).
#pragma once

#include <string_view>

#include "sluice/result.hpp"
#include "sluice/time.hpp"

namespace sluice::core {

/// The longest duration that is read at all, a hundred years: it can be added to any
/// instant of either clock without overflow. Callers have limits of their own.
inline constexpr Duration max_duration = std::chrono::hours{24 * 36'500};

/// Reads numbers with the units s, m, h and d, each unit at most once and in any order.
/// A number may have a fraction; each is cut to whole milliseconds. An integer without a
/// unit is seconds. Error: `invalid_argument` on `field`, whose message says what is accepted.
Result<Duration> parse_duration(std::string_view text, std::string_view field);

/// `duration` as `parse_duration` reads it, in whole milliseconds: `1d`, `1h30m`, `0.5s`, `0s`; `-` before a negative one.
std::string text_of(Duration duration);

} // namespace sluice::core
