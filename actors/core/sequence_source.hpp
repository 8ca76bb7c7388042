// Numbers messages in the order of acceptance.
#pragma once

#include <algorithm>

#include "actors/core/flow_controller.hpp"

namespace sluice::core {

/// Every number is larger than the one before, also across restarts and wall clocks that
/// jump: it continues from the last number used, or from the time if that is ahead (I12).
class SequenceSource {
public:
  /// `last`: the highest number that was ever used, 0 if none.
  explicit SequenceSource(Sequence last = 0) : last_(last) {}

  /// The time at which `number` was given out, or a later one.
  static WallTime time_of(Sequence number) {
    return WallTime{std::chrono::milliseconds{number >> numbers_per_ms_bits}};
  }

  Sequence next(WallTime now) {
    auto from_time = static_cast<Sequence>(now.time_since_epoch().count()) << numbers_per_ms_bits;
    last_ = std::max(last_ + 1, from_time);
    return last_;
  }

private:
  static constexpr int numbers_per_ms_bits = 16;
  Sequence last_;
};

} // namespace sluice::core
