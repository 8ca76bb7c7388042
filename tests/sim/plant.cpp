#include "tests/sim/plant.hpp"

#include <algorithm>

#include "actors/messages.hpp"

namespace sluice::sim {

namespace {

using namespace std::chrono_literals;

struct Named {
  const char* name;
  Plant plant;
};

constexpr Named plants[] = {
    {"lost-wakeup", Plant::lost_wakeup},           {"leaked-slot", Plant::leaked_slot},
    {"early-answer", Plant::early_answer},         {"lost-end", Plant::lost_end},
    {"lost-control", Plant::lost_control},         {"lost-tokens", Plant::lost_tokens},
    {"lost-callback", Plant::lost_callback},       {"lost-firing", Plant::lost_firing},
    {"missed-firing", Plant::missed_firing},       {"lost-pause", Plant::lost_pause},
    {"forgotten-period", Plant::forgotten_period},
};

// Tries until there is such a timer.
void lose_wakeup(SimTime& time) {
  if (!time.drop_timer<to_key::PeriodWakeup>())
    time.after(50ms, [&time] { lose_wakeup(time); });
}

// Housekeeping would notice what the first kind has missed.
void lose_firings(SimTime& time) {
  time.drop_timer<to_scheduler::ScheduleWakeup>();
  time.drop_timer<to_scheduler::Housekeeping>();
  time.after(50ms, [&time] { lose_firings(time); });
}

void lose_outcome(Destination& destination, SimTime& time, Duration at) {
  destination.loses_outcome = [&time, at, done = false]() mutable {
    return time.elapsed() >= at && !std::exchange(done, true);
  };
}

// Every third one.
template <class Selects>
auto spoiling(Selects selects) {
  return [selects, count = 0](Changes& changes) mutable {
    std::erase_if(changes, [&](const Change& change) { return selects(change) && ++count % 3 == 0; });
  };
}

bool is_pause(const Change& change) {
  const auto* put = std::get_if<PutKey>(&change);
  return put && put->state.config.paused;
}

bool brings_callback(const Change& change) {
  const auto* insert = std::get_if<InsertMessage>(&change);
  return insert && is_callback(*insert->message);
}

} // namespace

std::optional<Plant> parse_plant(const std::string& name) {
  auto found = std::find_if(std::begin(plants), std::end(plants), [&](const Named& one) { return one.name == name; });
  return found == std::end(plants) ? std::nullopt : std::optional(found->plant);
}

std::string plant_names() {
  std::string names;
  for (const auto& one : plants)
    names += (names.empty() ? "" : "|") + std::string(one.name);
  return names;
}

void plant(Plant which, Duration at, SimTime& time, SimStore& store, Destination& destination) {
  switch (which) {
  case Plant::lost_wakeup:
    return time.after(at, [&time] { lose_wakeup(time); });
  case Plant::leaked_slot:
    return lose_outcome(destination, time, at);
  case Plant::early_answer:
    return store.answer_early();
  case Plant::lost_end:
    store.spoil = spoiling([](const Change& change) { return std::holds_alternative<FinishMessage>(change); });
    return;
  case Plant::lost_control:
    store.spoil = spoiling(is_pause);
    return;
  case Plant::lost_tokens:
    store.spoil = spoiling([](const Change& change) { return std::holds_alternative<SaveLimitRows>(change); });
    return;
  case Plant::lost_callback:
    store.tamper = spoiling(brings_callback);
    return;
  case Plant::lost_firing:
    store.spoil = spoiling([](const Change& change) { return std::holds_alternative<FireSchedule>(change); });
    return;
  case Plant::missed_firing:
    return time.after(at, [&time] { lose_firings(time); });
  case Plant::lost_pause:
    store.spoil = spoiling([](const Change& change) { return std::holds_alternative<PauseSchedule>(change); });
    return;
  case Plant::forgotten_period:
    return;
  }
}

void plant_after_crash(Plant which, SimStore& store, const Plan& plan) {
  if (which != Plant::forgotten_period)
    return;
  for (const auto& one : plan.keys)
    if (auto row = store.key(one.key)) {
      row->state.window = {};
      store.disk.commit({PutKey{one.key, row->state}}, Fence{store.opening().generation}, [](const Result<void>&) {});
    }
}

} // namespace sluice::sim
