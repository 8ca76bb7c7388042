// Queues as JSON, both ways (spec §2.7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sluice/queue.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

struct QueueChange {
  QueueName name;
  QueueSettings settings;
};

/// Reads `{"queueName":"q","parallelism":2,"paused":false}`; all but the name may be absent or
/// null, and other fields are ignored. Error: `invalid_argument` names the field at fault.
Result<QueueChange> read_queue_json(std::string_view text);

/// Always all six fields.
std::string queue_json(const QueueInfo& info);
std::string queues_json(const std::vector<QueueInfo>& infos);

} // namespace sluice::http
