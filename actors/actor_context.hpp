// What every actor is given.
#pragma once

#include <functional>
#include <string_view>

#include "actors/caf.hpp"
#include "sluice/time.hpp"

namespace sluice {

struct ActorContext {
  Clock clock;
  /// Called with the name of each handler before it runs; tests make it throw. May be empty.
  std::function<void(std::string_view handler)> before_handler{};

  void enter(std::string_view handler) const {
    if (before_handler)
      before_handler(handler);
  }
};

/// Makes a throwing handler end its actor with an error, and nothing print to the console.
inline void end_on_exception(caf::event_based_actor* self) {
  self->set_exception_handler(
      [](caf::scheduled_actor*, std::exception_ptr&) { return caf::make_error(caf::sec::runtime_error); });
  self->set_default_handler(caf::drop);
}

} // namespace sluice
