// Bugs that are planted into a world, to see that it finds them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/sim/destination.hpp"
#include "tests/sim/sim_store.hpp"

namespace sluice::sim {

enum class Plant {
  lost_wakeup, ///< The timer at the end of a key's period never fires, once.
  leaked_slot, ///< The outcome of an attempt gets lost inside, once: its slot is never free again.
  early_answer, ///< Commits are answered before they are safe.
  lost_end, ///< The end of a message is answered and not stored, at times.
  lost_control, ///< A pause is answered and not stored, at times.
  lost_tokens, ///< What was taken from a rate limit is answered and not stored, at times.
  lost_callback, ///< A callback is not stored with the outcome that it tells of, at times.
  lost_firing, ///< That a schedule has fired is answered and not stored, at times.
  missed_firing, ///< From some moment on no timer wakes what fires schedules.
  lost_pause, ///< That a schedule is paused is answered and not stored, at times.
  forgotten_period, ///< After a crash a key has forgotten what it has started in its period.
};

std::optional<Plant> parse_plant(const std::string& name);
/// All names, for a person.
std::string plant_names();

/// `at` is when something that happens once happens.
void plant(Plant which, Duration at, SimTime& time, SimStore& store, Destination& destination);
/// To be called after each crash.
void plant_after_crash(Plant which, SimStore& store, const Plan& plan);

} // namespace sluice::sim
