#include "actors/core/start_forecast.hpp"

#include <algorithm>
#include <limits>

namespace sluice::core {

namespace {

constexpr Duration horizon = std::chrono::hours{24 * 36'525};

std::uint64_t room(std::optional<std::int64_t> limit, std::uint64_t used) {
  if (!limit)
    return std::numeric_limits<std::uint64_t>::max();
  auto max = static_cast<std::uint64_t>(*limit);
  return max - std::min(max, used);
}

bool runs(const RateWindow& window, Duration period, Now now) {
  return window.start && now.steady < *window.start + period;
}

// `beyond`: how many messages that wait for a later period are before this one.
std::optional<TimePoint> start_of(TimePoint next_period, const FlowLimits& limits, std::uint64_t beyond) {
  auto periods = beyond / static_cast<std::uint64_t>(*limits.rate);
  if (periods > static_cast<std::uint64_t>(horizon / limits.period))
    return std::nullopt;
  return next_period + static_cast<std::int64_t>(periods) * limits.period;
}

} // namespace

StartForecast forecast(const FlowState& state, const WaitingMessage& message, Now now) {
  const auto& limits = state.config.limits;
  if (state.config.paused)
    return {WaitReason::pause, {}};
  bool running = limits.rate && runs(state.window, limits.period, now);
  auto slots = room(limits.parallelism, message.in_flight);
  auto allowance = room(limits.rate, running ? static_cast<std::uint64_t>(state.window.count) : 0);
  if (message.ahead >= allowance && allowance <= slots) {
    auto next_period = (running ? *state.window.start : now.steady) + limits.period;
    return {WaitReason::rate, start_of(next_period, limits, message.ahead - allowance)};
  }
  if (message.ahead >= slots)
    return {WaitReason::parallelism, {}};
  return {message.has_permits ? std::nullopt : std::optional(WaitReason::global_parallelism), {}};
}

} // namespace sluice::core
