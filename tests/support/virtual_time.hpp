// Actors in virtual time: they run, and their clock moves, only when told to.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>

#include <caf/atom.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/caf.hpp"
#include "sluice/time.hpp"

namespace sluice::test {

inline const WallTime wall0{std::chrono::seconds{1'700'000'000}};

class VirtualTime {
public:
  VirtualTime() : scheduler_(dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())), t0_(steady()) {}
  ~VirtualTime() {
    events_.clear();
    settle();
  }

  caf::actor_system& system() { return system_; }
  Clock clock() {
    return [this] { return now(); };
  }
  Now now() const { return {steady(), wall0 + std::chrono::floor<std::chrono::milliseconds>(elapsed()) + wall_shift_}; }
  Duration elapsed() const { return steady() - t0_; }
  /// Sets the wall clock forward, or back.
  void shift_wall(std::chrono::milliseconds by) { wall_shift_ += by; }

  /// Runs `event` after `delay`.
  void after(Duration delay, std::function<void()> event) { events_.emplace(steady() + delay, std::move(event)); }

  /// Called before each step with the actors that have mail, whose order it may change; may be empty.
  std::function<void(std::deque<caf::resumable*>&)> before_step;

  /// Until nothing is left to do now.
  void settle() {
    do {
      while (!scheduler_.jobs.empty()) {
        if (before_step)
          before_step(scheduler_.jobs);
        scheduler_.run_once();
      }
      scheduler_.advance_time(Duration{0});
    } while (!scheduler_.jobs.empty());
  }

  /// Goes from timer to timer, so that everything happens at its exact time.
  void run_for(Duration duration) {
    auto end = steady() + duration;
    settle();
    for (auto due = next(); due && *due <= end; due = next()) {
      advance_to(*due);
      run_events();
      settle();
    }
    advance_to(end);
    settle();
  }

  std::size_t pending_timers() const { return timers().size(); }

protected:
  const caf::detail::simple_actor_clock::schedule_map& timers() const { return scheduler_.clock().schedule(); }

private:
  struct Config : caf::actor_system_config {
    Config() { set("scheduler.policy", caf::atom("testing")); }
  };

  TimePoint steady() const { return scheduler_.clock().now(); }

  std::optional<TimePoint> next() const {
    std::optional<TimePoint> due;
    if (const auto& timers = scheduler_.clock().schedule(); !timers.empty())
      due = timers.begin()->first;
    if (!events_.empty() && (!due || events_.begin()->first < *due))
      due = events_.begin()->first;
    return due;
  }

  void advance_to(TimePoint time) {
    if (time > steady())
      scheduler_.advance_time(time - steady());
    else
      scheduler_.advance_time(Duration{0});
  }

  void run_events() {
    while (!events_.empty() && events_.begin()->first <= steady()) {
      auto event = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      event();
    }
  }

  Config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& scheduler_;
  TimePoint t0_;
  std::chrono::milliseconds wall_shift_{0};
  std::multimap<TimePoint, std::function<void()>> events_;
};

} // namespace sluice::test
