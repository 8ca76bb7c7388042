// Names a message by what it says, so that the same message is recognised (spec §6.4).
#pragma once

#include <string>

#include "sluice/message.hpp"

namespace sluice {

/// Under which a message is remembered: its own id or one made of its content; the two never meet.
/// Empty if it is not to be deduplicated.
std::string deduplication_key(const PublishRequest& request);

} // namespace sluice
