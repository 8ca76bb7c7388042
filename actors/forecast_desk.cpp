#include "actors/forecast_desk.hpp"

#include <algorithm>

namespace sluice {

namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;

std::size_t slots_taken(const KeySupervisor::Record& key) {
  return static_cast<std::size_t>(
      std::count_if(key.unsettled.begin(), key.unsettled.end(), [](const auto& one) { return one.second.holds_slot; }));
}

// The store lists what has started, too, before everything that still waits; guests it lists elsewhere.
std::size_t ahead_of(WaitPosition position, const KeySupervisor::Record& key, const Store& store) {
  auto listed = store.waiting_before(key.key, position);
  auto started =
      std::count_if(key.unsettled.begin(), key.unsettled.end(), [](const auto& one) { return !one.second.is_guest; });
  auto guests =
      std::count_if(key.guests.begin(), key.guests.end(), [&](const auto& guest) { return guest.second < position; });
  return listed - std::min(listed, static_cast<std::size_t>(started)) + static_cast<std::size_t>(guests);
}

} // namespace

void ForecastDesk::foretell(const MessageRow& row, MessageInfo& info) {
  auto sequence = row.message->id.sequence();
  const auto& request = row.message->request;
  auto now = place_.now();
  auto queue = request.queue ? place_.keys.find_or_create(queue_key(*request.queue)) : nullptr;
  core::StartForecast forecast;
  if (queue && !queue->unsettled.contains(sequence)) {
    forecast = in_queue(queue, row.position());
  } else if (auto wait = row.ready_at - place_.due.at(now); wait > milliseconds{0}) {
    forecast = {row.attempts > 0 ? WaitReason::retry : WaitReason::delay, now.steady + wait};
  } else {
    auto key = place_.keys.find_or_create(flow_key(*row.message));
    auto guest = key->guests.find(sequence);
    forecast = in_waitlist(key, guest == key->guests.end() ? row.position() : guest->second);
  }
  info.waiting_for = forecast.waiting_for;
  if (forecast.start)
    info.expected_start = now.wall + ceil<milliseconds>(*forecast.start - now.steady);
}

// A slot there is a message's turn.
core::StartForecast ForecastDesk::in_queue(KeySupervisor::Handle queue, WaitPosition position) {
  auto forecast = in_waitlist(queue, position);
  if (forecast.waiting_for == WaitReason::parallelism)
    forecast.waiting_for = WaitReason::queue;
  return forecast;
}

core::StartForecast ForecastDesk::in_waitlist(KeySupervisor::Handle key, WaitPosition position) {
  auto state = key->ledger.state();
  state.config.paused = state.config.paused || key->failed;
  return core::forecast(
      state, {ahead_of(position, *key, place_.store), slots_taken(*key), place_.keys.has_free_permits()}, place_.now());
}

} // namespace sluice
