// How the calls of StoredLimits reach the actor that owns them.
#pragma once

#include <atomic>

#include "actors/limit_messages.hpp"

namespace sluice {

class LimitPort {
public:
  virtual ~LimitPort() = default;
  /// From any thread; answers an error once the actor is gone.
  virtual void send(to_limits::Ask ask) = 0;

  /// From any thread.
  WaitId next_wait() { return WaitId{++last_wait_}; }

private:
  std::atomic<std::uint64_t> last_wait_ = 0;
};

} // namespace sluice
