// Which messages and DLQ entries a bulk call concerns (spec §2.6, §2.10).
#pragma once

#include "sluice/dlq.hpp"
#include "sluice/message.hpp"

namespace sluice::core {

/// `filter.ids` and `filter.count` are left to the caller.
bool matches(const CancelFilter& filter, const Message& message);

} // namespace sluice::core
