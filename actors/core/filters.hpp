// Which messages, DLQ entries and events a call concerns (spec §2.6, §2.10, §2.12).
#pragma once

#include "sluice/dlq.hpp"
#include "sluice/message.hpp"
#include "sluice/message_filter.hpp"

namespace sluice::core {

/// By everything but the times.
bool matches(const MessageFilter& filter, const Message& message);
bool matches_time(const MessageFilter& filter, WallTime time);

} // namespace sluice::core
