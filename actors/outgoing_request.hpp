// What one attempt puts on the wire (spec §4.1).
#pragma once

#include "actors/signer.hpp"
#include "sluice/message.hpp"
#include "sluice/transport.hpp"

namespace sluice {

/// Attempt number `attempt` (1 for the first) of `message`, signed at `now`.
OutgoingRequest make_outgoing_request(const Message& message, int attempt, Duration timeout, const Signer& signer,
                                      WallTime now);

} // namespace sluice
