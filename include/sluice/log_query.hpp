// The log as it is read: events with their messages (spec §2.12, §2.13.3).
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/event.hpp"
#include "sluice/message.hpp"
#include "sluice/message_filter.hpp"

namespace sluice {

/// A place in the log: a time, and among the events of one millisecond the order in which they were written.
/// Text form `<unix ms>-<ordinal>`.
struct LogPosition {
  WallTime time{};
  std::uint32_t ordinal = 0;

  static std::optional<LogPosition> parse(std::string_view text);
  std::string text() const;

  auto operator<=>(const LogPosition&) const = default;
};

/// Which events. Times are those of the events.
struct LogFilter : MessageFilter {
  std::vector<MessageId> ids{};
  std::vector<EventKind> kinds{};
};

/// A page of events, newest first unless `earliest_first`. Events that are written meanwhile do not move a page
/// that follows.
struct LogQuery {
  std::size_t count = 1000; ///< 1 … 1000.
  std::optional<LogPosition> cursor{}; ///< The last event of the page before; exclusive.
  bool earliest_first = false;
  LogFilter filter{}; ///< At most 50 texts in all.
};

/// An event, its message, and of the attempt that failed a message for good what the destination answered.
struct LogEntry {
  LogPosition position;
  Event event;
  std::shared_ptr<const Message> message;
  Headers response_headers{};
  Body response_body{};
};

/// A page ends before `LogQuery::count` when its messages are large: a few megabytes in all.
struct LogPage {
  std::vector<LogEntry> entries;
  std::optional<LogPosition> cursor; ///< Empty on the last page.
};

/// Which entries of the audit log, newest first.
struct AuditQuery {
  std::size_t count = 100; ///< 1 … 1000.
  std::optional<std::uint64_t> before{}; ///< `AuditEntry::number` of the last one of the page before; exclusive.
};

} // namespace sluice
