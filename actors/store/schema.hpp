// The tables of the durable store, and how an older store becomes a newer one.
//
//   messages   one narrow row each: key, time, attempts so far; it stays as it was when the message ended
//   bodies     what was published, apart from that; also what only the DLQ still refers to
//   keys       names of everything messages wait under; `record` is empty for a name that only messages use
//   schedules  one narrow row each; schedule_specs what they publish, schedule_runs how the last of it is getting on
//   dedup, dlq, audit, settings, url_groups
//   events, finished   logs in chunks: one row for what happened in one millisecond of one group; what has an entry in
//              `finished` has ended
//   limits, limit_rows, reservations   definitions of rate limits, the buckets that are not full, open reservations
//   header     one row: whose store it is, and what would be slow to count: events, finished messages and their bytes
#pragma once

#include <string>

#include "actors/store/database.hpp"

namespace sluice {

inline constexpr int schema_version = 7;

/// Checks that `database` is a store that this program can use, or one that is empty. Errors: `store_unusable`.
Result<void> check_schema(Database& database, const std::string& file);

/// Makes the tables of a new store, or brings an older one up to date: all in one transaction, or nothing.
Result<void> migrate(Database& database);

/// As `migrate`, inside of a transaction that is open. What fails is told by `database`.
void bring_up_to_date(Database& database);

} // namespace sluice
