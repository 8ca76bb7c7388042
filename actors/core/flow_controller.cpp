#include "actors/core/flow_controller.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

#include "actors/core/lease.hpp"

namespace sluice::core {

namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

std::size_t room(std::optional<std::int64_t> limit, std::size_t used) {
  if (!limit)
    return no_limit;
  auto max = static_cast<std::size_t>(*limit);
  return max > used ? max - used : 0;
}

// Nearly always the last one: `insert` would put that one before the first of an empty list, into memory of its own.
void insert_in_order(std::deque<WaitPosition>& list, WaitPosition position) {
  if (list.empty() || list.back() < position)
    return list.push_back(position);
  auto place = list.end();
  while (place != list.begin() && position < *std::prev(place))
    --place;
  list.insert(place, position);
}

bool erase_from(std::deque<WaitPosition>& list, WaitPosition position) {
  auto place = std::lower_bound(list.begin(), list.end(), position);
  bool found = place != list.end() && *place == position;
  if (found)
    list.erase(place);
  return found;
}

} // namespace

FlowController::FlowController(FlowSetup setup)
    : config_(setup.state.config), rate_(setup.state.window), beyond_(setup.waiting), epoch_(setup.epoch) {
  for (auto position : setup.guests)
    on_guest(position);
  for (auto sequence : setup.in_flight)
    in_flight_.emplace(sequence, std::nullopt);
}

void FlowController::on_waiting(WaitPosition position) {
  if (beyond_ > 0 && position > tail_)
    ++beyond_;
  else
    insert(position);
}

void FlowController::on_guest(WaitPosition position) { insert_in_order(guests_, position); }

void FlowController::on_rejoined(WaitPosition position) {
  in_flight_.erase(position.sequence);
  on_waiting(position);
}

void FlowController::insert(WaitPosition position) {
  insert_in_order(window_, position);
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
  if (!erase_from(window_, position) && !give_back(position.sequence) && beyond_ > 0 && position > tail_)
    --beyond_;
}

void FlowController::on_guest_withdrawn(WaitPosition position) {
  if (!erase_from(guests_, position))
    give_back(position.sequence);
}

// A start that was handed out and not carried out.
bool FlowController::give_back(Sequence sequence) {
  auto running = in_flight_.find(sequence);
  if (running == in_flight_.end())
    return false;
  if (running->second && running->second == rate_.start)
    --rate_.count;
  in_flight_.erase(running);
  return true;
}

void FlowController::on_finished(Sequence sequence) { in_flight_.erase(sequence); }

void FlowController::on_operation(const FlowOperation& operation, std::uint64_t epoch, Now now) {
  // The running period is judged by the length it had until now.
  end_period_if_over(now);
  bool was_leased = is_leased(config_.limits);
  if (auto config = apply(config_, operation))
    config_ = *config;
  if (starts_period(operation))
    start_period(now);
  if (starts_period(operation) || !was_leased || std::holds_alternative<Restore>(operation))
    leased_ = 0;
  if (epoch != epoch_)
    leasing_ = false;
  epoch_ = epoch;
}

void FlowController::on_leased(const Lease& lease, Now now) {
  if (lease.epoch != epoch_)
    return;
  leasing_ = false;
  end_period_if_over(now);
  if (!rate_.start && now.steady < *lease.window.start + config_.limits.period)
    rate_ = {lease.window.start, lease.window.started_at, 0};
  if (rate_.start == lease.window.start)
    leased_ = lease.window.count;
}

std::optional<Lease> FlowController::poll_lease(Now now) {
  end_period_if_over(now);
  bool needed = !leasing_ && !config_.paused && is_leased(config_.limits) && leased_room() == 0;
  if (!needed || at_hand() == 0 || parallelism_room() == 0 || rate_room() == 0)
    return std::nullopt;
  leasing_ = true;
  RateWindow window = rate_.start ? rate_ : RateWindow{now.steady, now.wall, 0};
  window.count = std::min(rate_.count + lease_size(config_.limits), *config_.limits.rate);
  return Lease{epoch_, window};
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
  auto sequence = take_first().sequence;
  in_flight_.emplace(sequence, config_.limits.rate ? rate_.start : std::nullopt);
  return sequence;
}

std::size_t FlowController::startable(Now now) {
  end_period_if_over(now);
  if (config_.paused)
    return 0;
  return std::min({at_hand(), parallelism_room(), rate_room(), leased_room()});
}

// A guest's turn may come only after messages that are still in the store.
std::size_t FlowController::at_hand() const {
  if (beyond_ == 0)
    return window_.size() + guests_.size();
  auto before_tail = std::upper_bound(guests_.begin(), guests_.end(), tail_) - guests_.begin();
  return window_.size() + static_cast<std::size_t>(before_tail);
}

WaitPosition FlowController::take_first() {
  bool guest = !guests_.empty() && (window_.empty() || guests_.front() < window_.front());
  auto& list = guest ? guests_ : window_;
  auto first = list.front();
  list.pop_front();
  return first;
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
    leased_ = 0;
  }
}

void FlowController::start_period(Now now) { rate_ = {now.steady, now.wall, 0}; }

std::size_t FlowController::parallelism_room() const { return room(config_.limits.parallelism, in_flight_.size()); }

std::size_t FlowController::rate_room() const {
  return room(config_.limits.rate, static_cast<std::size_t>(rate_.count));
}

std::size_t FlowController::leased_room() const {
  if (!is_leased(config_.limits))
    return no_limit;
  return leased_ > rate_.count ? static_cast<std::size_t>(leased_ - rate_.count) : 0;
}

} // namespace sluice::core
