// What a destination says about when to come back (spec §4.4).
#pragma once

#include <optional>

#include "sluice/message.hpp"
#include "sluice/time.hpp"

namespace sluice::core {

/// A longer wait is not believed.
inline constexpr Duration max_retry_after = std::chrono::hours{24};

/// The wait that the answer of a failed attempt asks for, 0 … max_retry_after.
///
/// Looks at `Retry-After`, `X-RateLimit-Reset`, `X-RateLimit-Reset-Requests` and
/// `X-RateLimit-Reset-Tokens` in this order. A value is seconds (`5`, `1.5`), an HTTP date
/// (`Sun, 06 Nov 1994 08:49:37 GMT`; the past means 0) or a Go duration (`6m5s`, `250ms`).
/// Any other value, and one beyond `max_retry_after`, counts as absent.
std::optional<Duration> retry_after(const Headers& response_headers, WallTime now);

} // namespace sluice::core
