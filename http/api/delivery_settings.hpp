// Interprets the settings that a publish and a retry from the DLQ have in common (spec §3).
#pragma once

#include <string>
#include <string_view>

#include "http/api/settings.hpp"
#include "sluice/dlq.hpp"

namespace sluice::http {

/// What `settings` say about method, times, retries, labels and flow control.
///
/// Error: `invalid_argument` names the header at fault. What the scheduler itself checks
/// (how many retries, how long a delay, which keys) is left to it.
Result<RetryOverrides> read_delivery_settings(const Settings& settings);

/// Reads `true` or `false`, in any case; false if it was not given. Error: `invalid_argument`.
Result<bool> read_flag(const Settings& settings, Setting setting);

} // namespace sluice::http
