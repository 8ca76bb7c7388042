// Scenarios without recorded draws: whatever is drawn, bounds must hold (format
// convex-rate-limiter-properties/1).
#pragma once

#include <string>
#include <vector>

#include "tests/replay_vectors/vector_json.hpp"

namespace sluice::replay {

/// Runs the requests with draws from `seed`; returns what was out of bounds.
std::vector<std::string> check_properties(const json& scenario, std::uint64_t seed);

} // namespace sluice::replay
