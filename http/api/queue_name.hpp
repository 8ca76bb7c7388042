// Names of queues as requests carry them (spec §2.4).
#pragma once

#include <string_view>

#include "sluice/ids.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

/// Error: `invalid_argument` on `field`.
Result<QueueName> read_queue_name(std::string_view text, std::string_view field);

/// The same for a segment of a path, where the name may be encoded.
Result<QueueName> read_encoded_queue_name(std::string_view segment);

} // namespace sluice::http
