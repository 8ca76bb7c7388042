#include "actors/core/key_ledger.hpp"

#include <algorithm>
#include <utility>

#include "actors/core/lease.hpp"

namespace sluice::core {

KeyLedger::KeyLedger(FlowState initial, std::optional<FlowState> stored)
    : initial_(std::move(initial)),
      is_known_(stored.has_value()),
      state_(stored ? std::move(*stored) : initial_),
      counted_(state_.window),
      lease_(state_.window) {}

Result<bool> KeyLedger::apply(const FlowOperation& operation, Now now) {
  auto config = core::apply(state_.config, operation);
  if (!config)
    return config.error();
  bool resets = starts_period(operation);
  if (is_known_ && !resets && *config == state_.config)
    return false;
  bool was_leased = is_leased(state_.config.limits);
  if (!std::exchange(is_known_, true))
    state_.created_at = now.wall;
  state_.updated_at = now.wall;
  state_.config = *config;
  if (resets) {
    ++epoch_;
    state_.window = lease_ = {now.steady, now.wall, 0};
  } else if (!was_leased && is_leased(config->limits)) {
    // Starts that nobody wrote: until the next lease a window that runs counts as spent.
    lease_ = state_.window;
    lease_.count = lease_.start ? *config->limits.rate : 0;
  }
  return true;
}

void KeyLedger::on_handed_on(const FlowOperation& operation) {
  if (starts_period(operation))
    counted_ = state_.window;
}

void KeyLedger::on_started(const RateWindow& window) { state_.window = counted_ = window; }

bool KeyLedger::take(const Lease& lease) {
  if (lease.epoch != epoch_)
    return false;
  lease_ = lease.window;
  return true;
}

void KeyLedger::reload(std::optional<FlowState> stored) {
  is_known_ = stored.has_value();
  state_.config = stored ? stored->config : initial_.config;
  state_.window = counted_;
  lease_ = stored ? stored->window : counted_;
  ++epoch_; // A lease that was on its way is void.
}

void KeyLedger::forget() {
  is_known_ = false;
  state_ = initial_;
}

FlowState KeyLedger::row() const {
  auto row = state_;
  if (!is_leased(state_.config.limits) || lease_.start < row.window.start)
    return row;
  auto counted = lease_.start == row.window.start ? row.window.count : 0;
  row.window = {lease_.start, lease_.started_at, std::max(counted, lease_.count)};
  return row;
}

FlowState KeyLedger::exact_row() {
  lease_ = state_.window;
  return state_;
}

} // namespace sluice::core
