// The dead-letter queue: messages that failed for good, with the last answer (spec §2.10, §6.2).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sluice/message.hpp"

namespace sluice {

/// A failed message. `response_status` is 0 when no HTTP response arrived; then
/// `response_body` is empty and `error` says why.
struct DlqEntry {
  DlqId id;
  std::shared_ptr<const Message> message;
  int attempts = 0;
  int response_status = 0;
  Headers response_headers;
  Body response_body;
  std::string error;
};

/// A page of entries, newest first unless `earliest_first`.
struct DlqQuery {
  std::size_t count = 100; ///< 1 … 100.
  std::optional<DlqId> cursor{}; ///< The last entry of the page before; exclusive.
  bool earliest_first = false;
};

struct DlqPage {
  std::vector<DlqEntry> entries;
  std::optional<DlqId> cursor; ///< Empty on the last page.
};

} // namespace sluice
