#include "actors/core/flow_controller.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace sluice::core {

namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

std::size_t room(std::optional<std::int64_t> limit, std::size_t used) {
  if (!limit)
    return no_limit;
  auto max = static_cast<std::size_t>(*limit);
  return max > used ? max - used : 0;
}

} // namespace

FlowController::FlowController(FlowState state, std::size_t waiting, std::span<const Sequence> in_flight)
    : config_(state.config), rate_(state.window), beyond_(waiting) {
  for (auto sequence : in_flight)
    in_flight_.emplace(sequence, std::nullopt);
}

void FlowController::on_waiting(WaitPosition position) {
  if (beyond_ > 0 && position > tail_)
    ++beyond_;
  else
    insert(position);
}

void FlowController::insert(WaitPosition position) {
  auto place = window_.end();
  while (place != window_.begin() && position < *std::prev(place))
    --place;
  window_.insert(place, position);
  trim();
}

// Leaves to the store what the window need not hold.
void FlowController::trim() {
  while (window_.size() > max_window) {
    window_.pop_back();
    ++beyond_;
    tail_ = window_.back();
  }
}

void FlowController::on_withdrawn(WaitPosition position) {
  auto place = std::lower_bound(window_.begin(), window_.end(), position);
  if (place != window_.end() && *place == position) {
    window_.erase(place);
  } else if (auto running = in_flight_.find(position.sequence); running != in_flight_.end()) {
    if (running->second && running->second == rate_.start)
      --rate_.count;
    in_flight_.erase(running);
  } else if (beyond_ > 0 && position > tail_) {
    --beyond_;
  }
}

void FlowController::on_finished(Sequence sequence) { in_flight_.erase(sequence); }

void FlowController::on_operation(const FlowOperation& operation, Now now) {
  // The running period is judged by the length it had until now.
  end_period_if_over(now);
  if (auto config = apply(config_, operation))
    config_ = *config;
  if (starts_period(operation))
    start_period(now);
}

void FlowController::on_refilled(std::span<const WaitPosition> positions, bool complete) {
  refilling_ = false;
  for (auto position : positions) {
    assert(position > tail_ && beyond_ > 0);
    window_.push_back(position);
    tail_ = position;
    --beyond_;
  }
  assert(!complete || beyond_ == 0);
  (void)complete;
}

std::optional<Sequence> FlowController::poll_start(Now now) {
  if (startable(now) == 0)
    return std::nullopt;
  if (config_.limits.rate) {
    // After a reset the period is running already and keeps its start.
    if (!rate_.start)
      start_period(now);
    ++rate_.count;
  }
  auto sequence = window_.front().sequence;
  window_.pop_front();
  in_flight_.emplace(sequence, config_.limits.rate ? rate_.start : std::nullopt);
  return sequence;
}

std::size_t FlowController::startable(Now now) {
  end_period_if_over(now);
  if (config_.paused)
    return 0;
  return std::min({window_.size(), parallelism_room(), rate_room()});
}

std::optional<WaitPosition> FlowController::poll_refill() {
  if (refilling_ || beyond_ == 0 || config_.paused || window_.size() >= low_window)
    return std::nullopt;
  refilling_ = true;
  return tail_;
}

std::optional<TimePoint> FlowController::next_wakeup() const {
  if (config_.paused || waiting() == 0 || parallelism_room() == 0 || rate_room() > 0)
    return std::nullopt;
  return *rate_.start + config_.limits.period;
}

FlowState FlowController::state(Now now) {
  end_period_if_over(now);
  return {config_, rate_};
}

FlowControlInfo FlowController::info(Now now) {
  end_period_if_over(now);
  FlowControlInfo info;
  info.waitlist_size = static_cast<std::int64_t>(waiting());
  info.parallelism_max = config_.limits.parallelism.value_or(0);
  info.parallelism_count = static_cast<std::int64_t>(in_flight_.size());
  info.rate_max = config_.limits.rate.value_or(0);
  info.rate_count = rate_.count;
  info.rate_period = config_.limits.rate ? config_.limits.period : Duration{0};
  info.rate_period_start = rate_.started_at;
  info.is_paused = config_.paused;
  info.is_pinned_parallelism = config_.pinned_parallelism;
  info.is_pinned_rate = config_.pinned_rate;
  return info;
}

void FlowController::end_period_if_over(Now now) {
  if (rate_.start && now.steady >= *rate_.start + config_.limits.period) {
    rate_.start.reset();
    rate_.count = 0;
  }
}

void FlowController::start_period(Now now) { rate_ = {now.steady, now.wall, 0}; }

std::size_t FlowController::parallelism_room() const { return room(config_.limits.parallelism, in_flight_.size()); }

std::size_t FlowController::rate_room() const {
  return room(config_.limits.rate, static_cast<std::size_t>(rate_.count));
}

} // namespace sluice::core
