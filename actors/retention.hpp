// Lets what is over go, in slices: finished messages, events, DLQ entries, duplicates.
#pragma once

#include "actors/workplace.hpp"

namespace sluice {

/// Adds to the submission that is being put together: drops what is older than the options say
/// and what is more than they allow, of each kind about as much as `messages` messages leave behind.
void add_retention(const Workplace& place, std::size_t messages);

} // namespace sluice
