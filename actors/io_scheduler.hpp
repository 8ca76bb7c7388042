// Runs every actor on the event loop's thread; CAF gets no thread of its own.
//
// Waking another thread costs more than an actor does: with this scheduler a message moves
// from socket to actor to socket without a context switch (docs/PERFORMANCE.md).
#pragma once

#include "actors/caf.hpp"

namespace sluice {

class EventLoop;

/// Makes `config` run its actors on `loop`, which must outlive the actor system.
void run_actors_on(EventLoop& loop, caf::actor_system_config& config);

} // namespace sluice
