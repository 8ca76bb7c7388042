// How the audit log names the operations of operators.
#pragma once

#include <string>
#include <string_view>

#include "actors/core/flow_config.hpp"
#include "sluice/message_filter.hpp"
#include "sluice/stored_limits.hpp"

namespace sluice {

/// `pin`, `unpin`, `pause`, `resume`, `resetRate`, `reset`: the endpoint's name; `setQueue`.
std::string action_of(const core::FlowOperation& operation);

/// Its arguments, as in `parallelism=3 rate=20 period=60s`; empty if it has none.
std::string detail_of(const core::FlowOperation& operation);
/// As in `kind=token bucket rate=10 period=60000 durability=stored`; durations in milliseconds.
std::string detail_of(const LimitDefinition& definition);

/// What `filter` selects, as in `label=a,b fromDate=1700000000000`; empty if that is everything.
std::string text_of(const MessageFilter& filter);

/// How many there were, and by what they were selected, as in `cancelled=3 label=a`.
std::string detail_of(std::string_view done, std::size_t count, const MessageFilter& filter);

} // namespace sluice
