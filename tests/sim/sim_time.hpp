// Virtual time whose wall clock jumps.
#pragma once

#include "tests/support/virtual_time.hpp"

namespace sluice::sim {

class SimTime : public test::VirtualTime {
public:
  void jump_wall(std::chrono::milliseconds by) {
    shift_wall(by);
    forward_ += std::max<Duration>(by, Duration{0});
    back_ += std::max<Duration>(-by, Duration{0});
    jumped_at_ = elapsed();
  }
  /// The furthest that any clock made of steady and wall time can be.
  Duration furthest() const { return elapsed() + forward_; }
  /// By how much it was set back so far.
  Duration back() const { return back_; }
  std::optional<Duration> jumped_at() const { return jumped_at_; }

  /// Drops the first timer that would send a `Message`; false if there is none.
  template <class Message>
  bool drop_timer() {
    using Clock = caf::detail::simple_actor_clock;
    // CAF has no way to take one message back.
    auto& timers = const_cast<Clock::schedule_map&>(this->timers());
    for (auto at = timers.begin(); at != timers.end(); ++at)
      if (auto* timer = dynamic_cast<Clock::actor_msg*>(at->second.get());
          timer && timer->content->content().match_elements<Message>()) {
        timers.erase(at);
        return true;
      }
    return false;
  }

private:
  Duration forward_{0};
  Duration back_{0};
  std::optional<Duration> jumped_at_;
};

} // namespace sluice::sim
