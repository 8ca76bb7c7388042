// What a retry from the DLQ changes of a message (spec §2.10).
#pragma once

#include <span>
#include <string_view>

#include "http/wire/header_view.hpp"
#include "sluice/dlq.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// Reads `Upstash-*` headers, and parameters of the same names, as a publish does. Error:
/// `invalid_argument` for a bad value, and for a setting that a retry leaves as it was published.
Result<RetryOverrides> read_retry_headers(std::span<const HeaderView> headers, std::string_view query);

} // namespace sluice::http
