// How the calls of StoredLimits reach the actor that owns them.
#pragma once

#include "actors/limit_messages.hpp"

namespace sluice {

class LimitPort {
public:
  virtual ~LimitPort() = default;
  /// From any thread; answers an error once the actor is gone.
  virtual void send(to_limits::Ask ask) = 0;
};

} // namespace sluice
