// The answers of the dead-letter queue (spec §2.10, §2.13.2).
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "http/api/long_text.hpp"
#include "sluice/dlq.hpp"

namespace sluice::http {

/// Of each body at most the first `body_limit` bytes.
PendingText dlq_entry_json(const DlqEntry& entry, std::size_t body_limit = std::numeric_limits<std::size_t>::max());
/// What comes before and behind the list of a page's entries.
inline constexpr const char* dlq_json_begin = R"({"messages":)";
std::string dlq_json_end(const std::optional<DlqId>& cursor);

/// `{"deleted":n}`, with a cursor if more match.
std::string dlq_deleted_json(const DlqDeleted& deleted);

/// The answer to the retry of one entry.
std::string dlq_retried_json(const Published& published);
/// Here the cursor is an empty text at the end, which the SDK expects.
std::string dlq_retried_json(const DlqRetried& retried);

} // namespace sluice::http
