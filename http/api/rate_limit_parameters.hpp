// The query parameters of the rate limits. Those that are unknown, or come twice, are refused.
#pragma once

#include <string>
#include <string_view>

#include "sluice/stored_limits.hpp"

namespace sluice::http {

/// For endpoints without parameters.
Result<void> refuse_parameters(std::string_view query);

/// `status=429`: the caller wants a refusal as a status of its own; false if it wants an answer like any other.
Result<bool> wants_status(std::string_view query);

/// `key=a&count=3&sampleShards=2`, all optional.
Result<BucketQuery> read_bucket_query(std::string_view query, std::string name);

} // namespace sluice::http
