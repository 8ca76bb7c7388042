// Which entries of the dead-letter queue a call concerns (spec §2.10).
#pragma once

#include <string_view>

#include "sluice/dlq.hpp"
#include "sluice/result.hpp"

namespace sluice::http {

struct DlqListing {
  DlqQuery query;
  std::size_t body_limit; ///< Of each body at most so many bytes.
};

/// Parameters that are unknown or empty are left out. Error: `invalid_argument` names the parameter.
Result<DlqListing> read_dlq_listing(std::string_view query);

struct DlqBulkCall {
  DlqBulk bulk;
  bool names_entries = false; ///< Entries were named one by one, by `dlqIds`.
};

/// From the query, a JSON body, or both. Parameters that are unknown or empty are refused, since
/// without them the call would concern more than was meant; an empty id names no entry.
Result<DlqBulkCall> read_dlq_bulk(std::string_view query, std::string_view body);

} // namespace sluice::http
