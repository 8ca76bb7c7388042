// What a request must be like to be accepted, whichever face it came by.
#pragma once

#include "actors/core/flow_config.hpp"
#include "sluice/scheduler.hpp"

namespace sluice {

/// Refuses a request with any field out of range; the error names the field.
Result<void> check_publish(const PublishRequest& request, const SchedulerOptions& options);

/// Refuses a bad id, a cron expression that cannot be or never fires, and a message that could not be published.
Result<void> check_schedule(const ScheduleSpec& spec, const SchedulerOptions& options);

/// Refuses headers that are too large together or that HTTP does not allow.
Result<void> check_headers(const Headers& headers, const SchedulerOptions& options);

/// Refuses a bad key, and a pin that names nothing or a value out of range.
Result<void> check_operation(const FlowControlKey& key, const core::FlowOperation& operation);

/// Refuses a bad name of a group, and an endpoint that could not be published to.
Result<void> check_endpoints(const UrlGroupName& group, const std::vector<Endpoint>& endpoints,
                             const SchedulerOptions& options);
/// Refuses selectors that select nothing in particular.
Result<void> check_selectors(const std::vector<EndpointSelector>& which);

/// Refuses a name or a setting out of range. Error: `too_many` for more parallelism than the options allow.
Result<void> check_queue(const QueueName& name, const QueueSettings& settings, const SchedulerOptions& options);

} // namespace sluice
