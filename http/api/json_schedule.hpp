// The JSON of schedules (spec §2.8, §2.13.5).
#pragma once

#include <string>

#include "http/api/long_text.hpp"
#include "sluice/schedule.hpp"

namespace sluice::http {

std::string schedule_created_json(const ScheduleId& id);
/// Optional fields are left out, never null.
PendingText schedule_json(const Schedule& schedule);

} // namespace sluice::http
