// Foretells what keeps a waiting message, and until when as far as that is known. Pure; time is passed in.
#pragma once

#include <cstddef>
#include <optional>

#include "actors/core/flow_controller.hpp"
#include "sluice/message.hpp"

namespace sluice::core {

/// A waiting message, as its key and the permits have it.
struct WaitingMessage {
  std::size_t ahead = 0; ///< Messages of its key that wait before it.
  std::size_t in_flight = 0; ///< Slots of its key that are taken.
  bool has_permits = true; ///< A start that its key allows would find a permit.
};

struct StartForecast {
  std::optional<WaitReason> waiting_for{}; ///< Empty for a message that starts at once.
  std::optional<TimePoint> start{}; ///< Of `rate` only.
};

/// What holds a message under a key in `state`. Of rate and parallelism it is the one that lets fewer messages start now,
/// and the rate if they are even. Under a rate the message starts with the period whose allowance reaches it, provided that
/// each period begins with the end of the one before; none is told beyond a hundred years.
StartForecast forecast(const FlowState& state, const WaitingMessage& message, Now now);

} // namespace sluice::core
