// Which configurations a key may have, given the calls that clients made.
#pragma once

#include "actors/core/flow_config.hpp"
#include "tests/sim/history.hpp"

namespace sluice::sim {

using ConfigHistory = History<core::FlowConfig, core::FlowOperation, core::apply>;

} // namespace sluice::sim
