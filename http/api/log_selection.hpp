// Which events a list of the log concerns (spec §2.12).
#pragma once

#include <string_view>

#include "sluice/log_query.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

struct LogListing {
  LogQuery query{};
  std::size_t body_limit; ///< Of each body at most so many bytes.
  /// With `groupBy=messageId`: the events of at most so many messages, put together by message.
  std::optional<std::size_t> groups{};
};

/// Parameters that are unknown or empty are left out. Error: `invalid_argument` names parameter, value and what is
/// accepted.
Result<LogListing> read_log_listing(std::string_view query);

/// `count` and `cursor` of the audit log. Error: the same.
Result<AuditQuery> read_audit_query(std::string_view query);

} // namespace sluice::http
