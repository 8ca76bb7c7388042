// The headers that tell a client of a limit: Retry-After, and RateLimit and RateLimit-Policy as in
// draft-ietf-httpapi-ratelimit-headers.
#pragma once

#include "sluice/message.hpp"
#include "sluice/stored_limits.hpp"

namespace sluice::http {

/// `Retry-After` in seconds, rounded up, at least 1; none if waiting does not help.
Headers retry_after_header(const std::optional<RateDuration>& retry_after);

/// `RateLimit: "name";r=3;t=60` and `RateLimit-Policy: "name";q=10;w=60`: what remains, until when all of it
/// is back, the most there can be, the period. Whole numbers; `t` and `w` in seconds, rounded up. Of the name, quotes
/// and backslashes have a backslash before them, and what is not printable ASCII is percent-encoded, as is `%`.
Headers rate_limit_headers(std::string_view name, const LimitAnswer& answer);

} // namespace sluice::http
