// How the audit log names the operations of operators.
#pragma once

#include <string>

#include "actors/core/flow_config.hpp"
#include "sluice/stored_limits.hpp"

namespace sluice {

/// `pin`, `unpin`, `pause`, `resume`, `resetRate` or `reset`: the endpoint's name.
std::string action_of(const core::FlowOperation& operation);

/// Its arguments, as in `parallelism=3 rate=20 period=60s`; empty if it has none.
std::string detail_of(const core::FlowOperation& operation);
/// As in `kind=token bucket rate=10 period=60000 durability=stored`; durations in milliseconds.
std::string detail_of(const LimitDefinition& definition);

} // namespace sluice
