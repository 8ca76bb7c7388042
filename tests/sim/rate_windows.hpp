// Whether the starts of a key can be explained by rate periods: each begins a period after the one
// before or later, or at a reset, and holds no more starts than the rate (I5).
#pragma once

#include <vector>

#include "sluice/flow_control.hpp"

namespace sluice::sim {

/// A reset took effect somewhere in between.
struct ResetSpan {
  Duration called;
  Duration answered;
};

struct Starts {
  std::vector<Duration> times; ///< In order.
  std::vector<ResetSpan> resets;
  /// A period may begin before its first start that was seen: with a lease, or one that was taken back.
  bool may_begin_unseen = false;
};

/// `limits` have a rate.
bool are_explained(const Starts& starts, const FlowLimits& limits);

} // namespace sluice::sim
