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

/// Which entries. Times are those of the failure; `hosts` and `paths` select here too, though the API has no such
/// parameters.
struct DlqFilter : MessageFilter {
  std::vector<DlqId> ids{};
  std::vector<std::string> message_ids{};
  std::vector<int> response_statuses{};
};

/// True if `entry` is among those that `filter` selects.
bool matches(const DlqFilter& filter, const DlqEntry& entry);

/// A page of entries, newest first unless `earliest_first`.
struct DlqQuery {
  std::size_t count = 100; ///< 1 … 100.
  std::optional<DlqId> cursor{}; ///< The last entry of the page before; exclusive.
  bool earliest_first = false;
  DlqFilter filter{};
};

/// What a retry from the DLQ changes of the message; an empty part stays as it was published.
struct RetryOverrides {
  std::optional<int> retries{};
  std::optional<std::string> retry_delay{};
  std::optional<Method> method{};
  std::optional<Duration> delay{};
  std::optional<WallTime> not_before{};
  std::optional<Duration> timeout{};
  std::optional<FlowControl> flow_control{};
  std::optional<std::vector<std::string>> labels{};
};

/// How many entries a bulk call removed or retried; with a cursor if more match.
struct DlqBulk {
  std::size_t count = 100; ///< At most so many.
  std::optional<DlqId> cursor{};
  DlqFilter filter{};
};

struct DlqDeleted {
  std::size_t count = 0;
  std::optional<DlqId> cursor{}; ///< Empty if no more match.
};

struct DlqRetried {
  std::vector<Published> messages; ///< In the order of the entries.
  std::optional<DlqId> cursor{};
};

struct DlqPage {
  std::vector<DlqEntry> entries;
  std::optional<DlqId> cursor; ///< Empty on the last page.
};

} // namespace sluice
