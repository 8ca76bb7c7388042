// The answers of the log and the audit log (spec §2.12, §2.13.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/api/long_text.hpp"
#include "sluice/log_query.hpp"

namespace sluice::http {

/// What every event of a message says about it: fields of an object, without its braces. Of each body at most the first
/// `body_limit` bytes.
std::string log_message_fields(const PublishRequest& request, std::size_t body_limit);

/// One event, up to the fields of its message, which its end comes after.
std::string log_entry_begin(const LogEntry& entry, std::size_t body_limit);

/// `{"events":[…],"logs":[…],"cursor":"…"}` from a list of events; both lists are the same, since clients ask
/// for the one or the other.
LongText log_json(const LongText& entries, const std::optional<LogPosition>& cursor);

/// An event as text, for a list by message.
struct GroupedEntry {
  MessageId message;
  LongText text;
};
/// `{"messages":[{"messageId":"…","events":[…]}],"cursor":"…"}`, in the order of the first event of each message.
LongText grouped_log_json(const std::vector<GroupedEntry>& entries, const std::optional<LogPosition>& cursor);

/// `{"entries":[…],"cursor":"…"}`; with a cursor if there may be more than `entries`.
std::string audit_json(const std::vector<AuditEntry>& entries, bool has_more);

} // namespace sluice::http
