// Answers what a message waits for that has not ended and does not run.
#pragma once

#include "actors/core/start_forecast.hpp"
#include "actors/workplace.hpp"

namespace sluice {

class ForecastDesk {
public:
  explicit ForecastDesk(Workplace& place) : place_(place) {}

  /// Adds to `info` what is foretold of the message in `row`. Only asked for; nothing is kept for it.
  void foretell(const MessageRow& row, MessageInfo& info);

private:
  core::StartForecast in_queue(KeySupervisor::Handle queue, WaitPosition position);
  core::StartForecast in_waitlist(KeySupervisor::Handle key, WaitPosition position);

  Workplace& place_;
};

} // namespace sluice
