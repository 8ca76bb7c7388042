// What is told of a message that was published with a redaction, and of a schedule that has one (spec §6.10).
#pragma once

#include <memory>

#include "sluice/message.hpp"
#include "sluice/schedule.hpp"

namespace sluice {

/// `message` as it may be read: itself if nothing of it is redacted, else a copy. Hashes what is redacted, the body too.
std::shared_ptr<const Message> redacted(std::shared_ptr<const Message> message);
/// The same of what a schedule publishes.
std::shared_ptr<const ScheduleSpec> redacted(std::shared_ptr<const ScheduleSpec> schedule);

} // namespace sluice
