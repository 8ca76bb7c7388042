#include "actors/core/lease.hpp"

#include <algorithm>

namespace sluice::core {

bool is_leased(const FlowLimits& limits) { return limits.rate && limits.period > longest_unleased_period; }

std::int64_t lease_size(const FlowLimits& limits) {
  auto per_second = static_cast<double>(limits.rate.value_or(1)) / std::chrono::duration<double>(limits.period).count();
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(per_second));
}

} // namespace sluice::core
