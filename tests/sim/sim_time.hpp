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

private:
  Duration forward_{0};
  Duration back_{0};
  std::optional<Duration> jumped_at_;
};

} // namespace sluice::sim
