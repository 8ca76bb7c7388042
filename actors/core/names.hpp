// What clients may call queues and messages (spec §2.4, §3).
#pragma once

#include "sluice/ids.hpp"
#include "sluice/message.hpp"
#include "sluice/result.hpp"

namespace sluice::core {

/// Error: `invalid_argument` on `queueName`.
Result<void> check(const QueueName& name);

/// Error: `invalid_argument` on `Upstash-Schedule-Id`.
Result<void> check(const ScheduleId& id);

/// Error: `invalid_argument` on `urlGroup`.
Result<void> check(const UrlGroupName& name);
/// What a group's endpoint may be called. Error: `invalid_argument` on `name`.
Result<void> check_endpoint_name(std::string_view name);

/// Error: `invalid_argument` on `Upstash-Deduplication-Id`.
Result<void> check(const DeduplicationId& id);

} // namespace sluice::core
