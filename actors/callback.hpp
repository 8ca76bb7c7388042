// Messages about the outcome of others (spec §6.1).
#pragma once

#include <optional>
#include <string>

#include "actors/core/retry_policy.hpp"
#include "sluice/message.hpp"
#include "sluice/transport.hpp"

namespace sluice {

/// An attempt that has ended.
struct AttemptReport {
  const Message& message;
  int number; ///< 1 for the first.
  const Outcome& outcome;
  std::string error; ///< Why it failed; empty if it did not.
  std::optional<DlqId> dlq_id{}; ///< Where the message went if that was its last.
};

/// The message that tells `callback` of `report`. Of a larger answer than `max_body` bytes it has the beginning.
PublishRequest make_callback(const Callback& callback, const AttemptReport& report, std::size_t max_body);

} // namespace sluice
